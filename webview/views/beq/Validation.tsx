import { useSignal } from "@preact/signals";
import { validateStudy, type ReportBlock, type StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Waiting } from "../../components/Progress.tsx";
import type { Host } from "../../host.ts";
import { ReportPart } from "./ReportPart.tsx";

interface Report {
  readonly blocks: readonly ReportBlock[];
  readonly html: string;
}

/** Holds the model's output against the questionnaires, and shows the report. */
export function Validation({ host, found }: { readonly host: Host; readonly found: StudyView }) {
  const report = useSignal<Report | undefined>(undefined);
  const attempt = useAttempt();
  const run = (): void => {
    attempt.run(host.call(validateStudy, { study: found.id }).then((answer) => (report.value = answer)));
  };
  const shown = report.value;
  return (
    <div class="page">
      <p>
        The questionnaire measures a trait. Per participant, how much the face showed (minus the baseline) is
        held against the facets of the questionnaire, with intervals. The unit is the participant.
      </p>
      <div class="row">
        <Button icon="graph-scatter" disabled={attempt.busy} onClick={run}>
          Run the validation
        </Button>
        {shown !== undefined && (
          <Button
            secondary
            icon="export"
            onClick={() =>
              void host.save(`${found.name}.html`, new Blob([shown.html], { type: "text/html" }))
            }
          >
            Report, HTML
          </Button>
        )}
      </div>
      <Failure of={attempt} />
      {attempt.busy && <Waiting label="Computing the intervals" />}
      {shown !== undefined && (
        <article class="report">
          {shown.blocks.map((block, k) => (
            <ReportPart key={k} host={host} block={block} />
          ))}
        </article>
      )}
    </div>
  );
}
