import { useSignal } from "@preact/signals";
import { validateStudy, type ReportBlock, type StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import type { Host } from "../../host.ts";

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
            <ReportPart key={k} block={block} />
          ))}
        </article>
      )}
    </div>
  );
}

function ReportPart({ block }: { readonly block: ReportBlock }) {
  switch (block.kind) {
    case "heading":
      return block.level === 3 ? <h3>{block.text}</h3> : <h2>{block.text}</h2>;
    case "paragraph":
      return <p>{block.text}</p>;
    case "notice":
      return <Notice kind="info">{block.text}</Notice>;
    case "list":
      return (
        <ul>
          {block.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      );
    case "table":
      return (
        <DataTable
          caption={block.caption}
          rows={block.rows}
          columns={block.head.map((title, k) => ({ title, cell: (row: readonly string[]) => row[k] }))}
        />
      );
    case "figures":
      return (
        <div class="report-figures">
          {block.figures.map(({ name, title, svg }) => (
            // As a picture, nothing in it can run.
            <img key={name} alt={title} src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`} />
          ))}
        </div>
      );
  }
}
