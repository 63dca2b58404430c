import { DataTable, type Column } from "../components/DataTable.tsx";
import type { TimelineLayer, LayerTable } from "../draw/layer.ts";
import { spanMs, type TimeView } from "../draw/timeView.ts";
import type { Playback } from "../player/playback.ts";

/** More rows than this nobody reads; the export has every frame. */
const rowLimit = 60;
const steps = [40, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000];

export interface LayerTablesProps {
  readonly layers: readonly TimelineLayer[];
  readonly view: TimeView;
  readonly playback: Playback;
}

/** The visible part of a timeline in numbers, one table a layer. */
export function LayerTables({ layers, view, playback }: LayerTablesProps) {
  const stepMs = steps.find((step) => spanMs(view) / step <= rowLimit) ?? 600_000;
  return (
    <div class="layer-tables">
      {layers.map((layer) => {
        const table = layer.table?.(view, stepMs);
        if (table === undefined) return null;
        return (
          <DataTable
            key={layer.id}
            caption={table.caption}
            rows={table.rows}
            empty="Nothing in this part of the clip."
            columns={table.columns.map((column, i): Column<LayerTable["rows"][number]> => ({
              ...column,
              cell: ({ startMs, cells }) =>
                i > 0 ? (
                  cells[i]
                ) : (
                  <button type="button" class="link mono" onClick={() => playback.seek(startMs)}>
                    {cells[0]}
                  </button>
                ),
            }))}
          />
        );
      })}
    </div>
  );
}
