import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getResult } from "../../../shared/protocol/analyses.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import type { AnalysisList } from "../../data/analysisList.ts";
import { viewFragment } from "../../host/route.ts";
import type { Host } from "../../host.ts";
import { StateText } from "../analyses/AnalysesView.tsx";
import { errorText } from "../../data/text.ts";
import { ResultView } from "./ResultView.tsx";

export interface AnalysisViewProps {
  readonly host: Host;
  readonly analyses: AnalysisList;
  readonly id: string;
}

/** One analysis: its state until it is done, then its results. */
export function AnalysisView({ host, analyses, id }: AnalysisViewProps) {
  const failure = useSignal<string | undefined>(undefined);
  const result = useSignal<Analysis | undefined>(undefined);
  const record = analyses.all.value.find((analysis) => analysis.id === id);
  const state = record?.state;
  useEffect(() => {
    analyses.load(id).catch((error: unknown) => (failure.value = errorText(error)));
  }, [analyses, id]);
  useEffect(() => {
    if (state !== "done") return;
    host
      .call(getResult, { id })
      .then((answer) => (result.value = answer.result))
      .catch((error: unknown) => (failure.value = errorText(error)));
  }, [host, id, state]);

  if (result.value !== undefined) return <ResultView host={host} analysis={result.value} />;
  return (
    <div class="page">
      {host.kind === "page" && <a href={viewFragment({ view: "analyses" })}>All analyses</a>}
      <h1>{record?.mediaName ?? "Analysis"}</h1>
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      {record !== undefined && state !== "done" && <StateText analysis={record} />}
      {failure.value === undefined && (record === undefined || state === "done") && (
        <Waiting label="Loading the results" />
      )}
    </div>
  );
}
