import type { Analysis } from "../../../shared/protocol/results.ts";
import { BarChart } from "../../components/BarChart.tsx";
import type { Host } from "../../host.ts";
import { DataTable } from "../../components/DataTable.tsx";

/** How fast the analysis was, stage by stage. */
export function Speed({ host, analysis }: { readonly host: Host; readonly analysis: Analysis }) {
  const { stages, framesPerSecond, startedAt, finishedAt } = analysis.run;
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  return (
    <div class="speed">
      <p>
        {analysis.media.video !== undefined && `Analysed at ${framesPerSecond.toFixed(1)} frames a second, `}
        {seconds.toFixed(1)} s in all on {analysis.device.provider}.
      </p>
      {stages.length > 0 && (
        <BarChart
          host={host}
          label="Time of each stage"
          groups={stages.map((stage) => stage.name)}
          series={[
            { title: "median (p50)", values: stages.map((stage) => stage.p50Ms) },
            { title: "p95", values: stages.map((stage) => stage.p95Ms) },
          ]}
          format={(value) => `${value} ms`}
        />
      )}
      <DataTable
        caption="Time of each stage"
        rows={stages}
        columns={[
          { title: "Stage", cell: (stage) => stage.name },
          { title: "Runs", number: true, cell: (stage) => stage.runs },
          { title: "p50 ms", number: true, cell: (stage) => stage.p50Ms.toFixed(2) },
          { title: "p95 ms", number: true, cell: (stage) => stage.p95Ms.toFixed(2) },
          {
            title: "p50 × runs, s",
            number: true,
            cell: (stage) => ((stage.p50Ms * stage.runs) / 1000).toFixed(2),
          },
        ]}
      />
    </div>
  );
}
