import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { analysisSchema, type Analysis } from "../../../shared/protocol/results.ts";
import { Failure } from "../../components/Failure.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { CompareResults } from "./CompareResults.tsx";

export interface CompareViewProps {
  readonly host: Host;
  /** Ids of results: of the daemon, or of an experiment. */
  readonly first: string;
  readonly second: string;
}

/** Two results of one clip, one over the other. */
export function CompareView({ host, first, second }: CompareViewProps) {
  const attempt = useAttempt();
  const both = useSignal<readonly [Analysis, Analysis] | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    const read = Promise.all([first, second].map((id) => readAnalysis(host, id, abort.signal)));
    attempt.run(
      read.then(([a, b]) => (both.value = [a!, b!])),
      abort.signal,
    );
    return () => abort.abort();
  }, [host, first, second]);
  if (both.value !== undefined) return <CompareResults host={host} analyses={both.value} />;
  return (
    <div class="page">
      <h1>Compare</h1>
      <Failure of={attempt} />
      {attempt.busy && <Waiting label="Loading the results" />}
    </div>
  );
}

async function readAnalysis(host: Host, id: string, abort: AbortSignal): Promise<Analysis> {
  let text = "";
  for await (const piece of host.resultFile(id, "analysis.json", abort)) text += piece;
  // Where its files come from, whatever it was called when it was made.
  return { ...analysisSchema.parse(JSON.parse(text)), id };
}
