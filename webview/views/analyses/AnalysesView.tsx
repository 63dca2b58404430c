import { pipelines } from "../../../shared/protocol/pipelines.ts";
import { useSignal, type Signal } from "@preact/signals";
import {
  cancelAnalysis,
  deleteAnalysis,
  previewDeletion,
  retryAnalysis,
  type AnalysisRecord,
  type Deletion,
} from "../../../shared/protocol/analyses.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { useAttempt, type Attempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Notice } from "../../components/Notice.tsx";
import { ProgressBar, Waiting } from "../../components/Progress.tsx";
import type { AnalysisList } from "../../data/analysisList.ts";
import { show, viewFragment } from "../../host/route.ts";
import type { Host } from "../../host.ts";
import { dateTime, errorText } from "../../data/text.ts";
import { StartAnalysis } from "./StartAnalysis.tsx";
import { TableHead } from "../../components/TableHead.tsx";
import { counted } from "../../../shared/text/counted.ts";

const stateIcons = {
  queued: "watch",
  running: "sync",
  done: "pass",
  failed: "error",
  cancelled: "circle-slash",
  interrupted: "debug-disconnect",
} as const;

/** All analyses, newest first, and the start of a new one. */
export function AnalysesView({ host, analyses }: { readonly host: Host; readonly analyses: AnalysisList }) {
  const attempt = useAttempt();
  const rows = analyses.all.value;
  const comparing = useSignal<AnalysisRecord | undefined>(undefined);
  return (
    <div class="page">
      <h1>Analyses</h1>
      <StartAnalysis host={host} analyses={analyses} />
      {comparing.value !== undefined && (
        <p class="row" role="status">
          Choose the result that {comparing.value.mediaName} ({pipelines[comparing.value.pipeline].title},{" "}
          {dateTime(comparing.value.createdAt)}) is compared with.
          <Button secondary onClick={() => (comparing.value = undefined)}>
            Compare nothing
          </Button>
        </p>
      )}
      <Failure of={attempt} />
      {analyses.error.value !== undefined && (
        <Notice kind="error">
          {errorText(analyses.error.value)}{" "}
          <Button secondary onClick={() => void analyses.refresh()}>
            Try again
          </Button>
        </Notice>
      )}
      {!analyses.ready.value && <Waiting label="Loading the analyses" />}
      {analyses.ready.value && rows.length === 0 && analyses.error.value === undefined && (
        <p class="empty">No analyses yet. Start one above with the path of a clip.</p>
      )}
      {rows.length > 0 && (
        <div class="table-scroll tall" tabIndex={0} role="region" aria-label="Analyses">
          <table class="analyses">
            <TableHead titles={["Clip", "State", "Pipeline", "Started"]} actions />
            <tbody>
              {rows.map((analysis) => (
                <AnalysisRow
                  key={analysis.id}
                  host={host}
                  analysis={analysis}
                  analyses={analyses}
                  attempt={attempt}
                  comparing={comparing}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

interface AnalysisRowProps {
  readonly host: Host;
  readonly analysis: AnalysisRecord;
  readonly analyses: AnalysisList;
  readonly attempt: Attempt;
  /** The result that another one is to be chosen for. */
  readonly comparing: Signal<AnalysisRecord | undefined>;
}

function AnalysisRow({ host, analysis, analyses, attempt, comparing }: AnalysisRowProps) {
  const asking = useSignal<Deletion | undefined>(undefined);
  const { id, state } = analysis;
  const active = state === "queued" || state === "running";
  const remove = async ({ clip }: Deletion): Promise<void> => {
    await host.call(deleteAnalysis, { id, recording: clip === "recording_goes" ? "remove" : "keep" });
    analyses.drop(id);
  };
  return (
    <tr>
      <th scope="row">
        <a href={viewFragment({ view: "analysis", id })}>{analysis.mediaName}</a>
        <div class="muted path" title={analysis.mediaPath}>
          {analysis.mediaPath}
        </div>
      </th>
      <td>
        <StateText analysis={analysis} />
      </td>
      <td>{pipelines[analysis.pipeline].title}</td>
      <td>
        <time dateTime={analysis.createdAt}>{dateTime(analysis.createdAt)}</time>
      </td>
      <td class="actions">
        {state === "done" && <CompareButton analysis={analysis} comparing={comparing} />}
        {active && (
          <IconButton
            icon="stop-circle"
            label={`Cancel the analysis of ${analysis.mediaName}`}
            onClick={() =>
              attempt.run(host.call(cancelAnalysis, { id }).then((r) => analyses.put(r.analysis)))
            }
          />
        )}
        {(state === "failed" || state === "cancelled" || state === "interrupted") && (
          <IconButton
            icon="refresh"
            label={`Analyse ${analysis.mediaName} again`}
            onClick={() =>
              attempt.run(host.call(retryAnalysis, { id }).then((r) => analyses.put(r.analysis)))
            }
          />
        )}
        {asking.value === undefined ? (
          <IconButton
            icon="trash"
            label={`Delete the results of ${analysis.mediaName}`}
            onClick={() =>
              attempt.run(host.call(previewDeletion, { id }).then((preview) => (asking.value = preview)))
            }
          />
        ) : (
          <>
            <p role="status">{deletionText(asking.value)}</p>
            <IconButton
              icon="trash"
              text="Delete"
              label={`Delete the results of ${analysis.mediaName} permanently`}
              onClick={() => attempt.run(remove(asking.value!))}
            />
            <IconButton icon="close" label="Keep it" onClick={() => (asking.value = undefined)} />
          </>
        )}
      </td>
    </tr>
  );
}

/** Chooses the first of two results, then the other one. */
function CompareButton({ analysis, comparing }: Pick<AnalysisRowProps, "analysis" | "comparing">) {
  const first = comparing.value;
  const choose = (): void => {
    if (first === undefined) comparing.value = analysis;
    else show({ view: "compare", id: first.id, other: analysis.id });
  };
  return (
    <IconButton
      icon="git-compare"
      label={
        first === undefined || first.id === analysis.id
          ? `Compare ${analysis.mediaName} with another result`
          : `Compare it with this result of ${analysis.mediaName}`
      }
      pressed={first?.id === analysis.id}
      disabled={first?.id === analysis.id}
      onClick={choose}
    />
  );
}

const clipTexts = {
  stays: "The clip stays.",
  recording_stays: "The recording stays: another analysis reads it, or its session goes on.",
  recording_goes: "The recording goes too: no other analysis reads it.",
} as const;

/** What goes and what stays, in words. */
function deletionText({ clip, study }: Deletion): string {
  if (study === undefined) return clipTexts[clip];
  const { name, participant, selfReports } = study;
  const reports = selfReports === 0 ? "" : ` with ${counted(selfReports, "self-report")} of moments`;
  return `${clipTexts[clip]} ${participant} of the study ${name} loses this analysis${reports}.`;
}

/** State in words with its icon, and what belongs to it: progress, or the reason of a failure. */
export function StateText({ analysis }: { readonly analysis: AnalysisRecord }) {
  const { state, progress, failure } = analysis;
  return (
    <div class="state" data-state={state}>
      <span class="row">
        <Icon name={stateIcons[state]} /> {state}
        {state === "running" && progress !== undefined && (
          <>
            <ProgressBar
              label={`Progress of ${analysis.mediaName}`}
              share={progress.timeMs / Math.max(progress.durationMs, 1)}
            />
            {progress.framesPerSecond >= 0.5 && (
              <span class="muted">reads {Math.round(progress.framesPerSecond)} frames/s</span>
            )}
          </>
        )}
      </span>
      {failure !== undefined && <div class="muted">{failure.message}</div>}
    </div>
  );
}
