import { useMemo } from "preact/hooks";
import type { Chart } from "../../../shared/charts/chart.ts";
import { chartMarks, nearestMark } from "../../../shared/charts/chartMarks.ts";
import { drawChart } from "../../../shared/charts/drawChart.ts";
import type { ReportBlock } from "../../../shared/protocol/studyRoutes.ts";
import type { Host } from "../../host.ts";
import { saveChart } from "../../draw/figure.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { PlotHover } from "../../components/PlotHover.tsx";
import { Notice } from "../../components/Notice.tsx";

/** A part of a report, as it stands on the page. */
export function ReportPart({ host, block }: { readonly host: Host; readonly block: ReportBlock }) {
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
          {block.figures.map(({ name, title, chart }) => (
            <figure key={name}>
              <ReportChart title={title} chart={chart} />
              <FigureMenu
                {...{ host, name }}
                make={(size, format) => saveChart((width) => drawChart(chart, width), size, format)}
              />
            </figure>
          ))}
        </div>
      );
  }
}

/** As a picture, in which nothing can run, with what its nearest point says under the pointer. */
function ReportChart({ title, chart }: { readonly title: string; readonly chart: Chart }) {
  const found = useMemo(() => chartMarks(chart), [chart]);
  const at = (share: number, down: number) => {
    const mark = found && nearestMark(found.marks, [share * found.width, down * found.height]);
    return mark && { share: mark.at[0] / found.width, lines: mark.lines };
  };
  return (
    <PlotHover at={at}>
      <img alt={title} src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawChart(chart))}`} />
    </PlotHover>
  );
}
