import { meanOf, sampleAt, sampleState, type Series } from "../../data/series.ts";
import { DataTable, type Column } from "../../components/DataTable.tsx";
import { formatTime, spanMs, type TimeView } from "../../draw/timeView.ts";
import type { Playback } from "../../player/playback.ts";
import { OtherTable } from "./OtherTable.tsx";
import { percent } from "../../data/text.ts";
import type { TimelineState } from "./timelineState.ts";

/** More rows than this nobody reads; the export has every frame. */
const rowLimit = 60;
const binSteps = [40, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000];

interface Row {
  readonly startMs: number;
  readonly state: number;
  readonly values: Float32Array;
}

/** The visible part of the timeline in numbers: means over equal steps, one table a series. */
export function SeriesTable({
  timeline,
  playback,
}: {
  readonly timeline: TimelineState;
  readonly playback: Playback;
}) {
  const view = timeline.view.value;
  const stepMs = binSteps.find((step) => spanMs(view) / step <= rowLimit) ?? 600_000;
  return (
    <div class="series-tables">
      {timeline.rows.value.map((row) =>
        row.kind === "lane" ? null : row.kind === "series" ? (
          <DataTable
            key={row.id}
            caption={`${row.series.title}: mean probability in steps of ${formatStep(stepMs)}, ${formatTime(view.startMs, 100)} to ${formatTime(view.endMs, 100)}`}
            columns={columns(row.series, stepMs, playback)}
            rows={bins(row.series, view, stepMs)}
            empty="Nothing in this part of the clip."
          />
        ) : (
          <OtherTable key={row.id} row={row} view={view} stepMs={stepMs} playback={playback} />
        ),
      )}
      <p class="muted">Events have a table of their own below. The CSV export holds every frame.</p>
    </div>
  );
}

function columns(series: Series, stepMs: number, playback: Playback): Column<Row>[] {
  return [
    {
      title: "From",
      cell: (row) => (
        <button type="button" class="link mono" onClick={() => playback.seek(row.startMs)}>
          {formatTime(row.startMs, stepMs)}
        </button>
      ),
    },
    ...series.labels.map((label, k): Column<Row> => ({
      title: label,
      number: true,
      cell: (row) => (row.state === sampleState.absent ? "" : percent(row.values[k]!, 1)),
    })),
    {
      title: "Quality",
      cell: (row) => ["ok", "low", "absent"][row.state],
    },
  ];
}

function bins(series: Series, view: TimeView, stepMs: number): Row[] {
  const level = series.levels[0]!;
  const rows: Row[] = [];
  for (let startMs = Math.floor(view.startMs / stepMs) * stepMs; startMs < view.endMs; startMs += stepMs) {
    const from = sampleAt(level.startMs, startMs - 0.001) + 1;
    const to = sampleAt(level.startMs, startMs + stepMs - 0.001) + 1;
    const values = new Float32Array(series.labels.length);
    rows.push({ startMs, values, state: meanOf(level, series.labels.length, from, to, values) });
  }
  return rows;
}

function formatStep(stepMs: number): string {
  return stepMs < 1000 ? `${stepMs} ms` : `${stepMs / 1000} s`;
}
