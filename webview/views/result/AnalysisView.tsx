import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getResult } from "../../../shared/protocol/analyses.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Waiting } from "../../components/Progress.tsx";
import type { AnalysisList } from "../../data/analysisList.ts";
import { viewFragment } from "../../host/route.ts";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { StateText } from "../analyses/AnalysesView.tsx";
import { ResultView } from "./ResultView.tsx";

export interface AnalysisViewProps {
  readonly host: Host;
  readonly analyses: AnalysisList;
  readonly id: string;
}

/** One analysis: its state until it is done, then its results. */
export function AnalysisView({ host, analyses, id }: AnalysisViewProps) {
  const attempt = useAttempt();
  const result = useSignal<Analysis | undefined>(undefined);
  const record = analyses.all.value.find((analysis) => analysis.id === id);
  const state = record?.state;
  useEffect(() => {
    attempt.run(analyses.load(id));
  }, [analyses, id]);
  const load = () =>
    attempt.run(host.call(getResult, { id }).then((answer) => (result.value = answer.result)));
  useEffect(() => {
    if (state === "done") load();
  }, [host, id, state]);

  if (result.value !== undefined)
    return <ResultView host={host} analysis={result.value} onCorrected={load} />;
  return (
    <div class="page">
      {host.kind === "page" && <a href={viewFragment({ view: "analyses" })}>All analyses</a>}
      <h1>{record?.mediaName ?? "Analysis"}</h1>
      <Failure of={attempt} />
      {record !== undefined && state !== "done" && <StateText analysis={record} />}
      {attempt.failure.value === undefined && (record === undefined || state === "done") && (
        <Waiting label="Loading the results" />
      )}
    </div>
  );
}
