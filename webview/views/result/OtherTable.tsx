import { melStripFormat } from "../../../shared/protocol/mel.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { bandHz, melDecibels, type MelStore } from "../../data/melStore.ts";
import type { TimelineRow } from "../../draw/timeline.ts";
import { formatTime, type TimeView } from "../../draw/timeView.ts";
import type { Playback } from "../../player/playback.ts";

export interface OtherTableProps {
  readonly row: Exclude<TimelineRow, { kind: "series" | "lane" }>;
  readonly view: TimeView;
  readonly stepMs: number;
  readonly playback: Playback;
}

/** The visible part of a row that holds no probabilities, in numbers. Events have a table of their own. */
export function OtherTable({ row, view, stepMs, playback }: OtherTableProps) {
  const from = {
    title: "From",
    cell: ({ startMs }: { readonly startMs: number }) => (
      <button type="button" class="link mono" onClick={() => playback.seek(startMs)}>
        {formatTime(startMs, 100)}
      </button>
    ),
  };
  const part = `${formatTime(view.startMs, 100)} to ${formatTime(view.endMs, 100)}`;
  switch (row.kind) {
    case "events":
      return null;
    case "stretches":
      return (
        <DataTable
          caption={`${row.title}: which side carried the fused emotion, ${part}`}
          rows={row.stretches.filter(({ startMs, endMs }) => startMs < view.endMs && endMs > view.startMs)}
          columns={[
            from,
            { title: "To", cell: ({ endMs }) => <span class="mono">{formatTime(endMs, 100)}</span> },
            { title: "Carried by", cell: ({ label }) => label },
          ]}
        />
      );
    case "rate":
      return (
        <DataTable
          caption={`${row.title}: over the minute until each time, ${part}`}
          rows={row.rate.perMinute
            .map((rate, i) => ({ startMs: row.rate.startMs + i * row.rate.stepMs, rate }))
            .filter(({ startMs }) => startMs >= view.startMs && startMs <= view.endMs)}
          columns={[
            { ...from, title: "Until" },
            {
              title: "Blinks a minute",
              number: true,
              cell: ({ rate }) => rate?.toFixed(1) ?? "eyes seen too briefly",
            },
          ]}
        />
      );
    case "mel":
      return (
        <DataTable
          caption={`${row.title}: the loudest band in steps of ${stepMs / 1000} s, ${part}`}
          rows={loudestBands(row.mel, view, stepMs)}
          columns={[
            from,
            { title: "Band, Hz", number: true, cell: ({ hertz }) => hertz?.toFixed(0) ?? "silent" },
            { title: "Level, dB", number: true, cell: ({ decibels }) => decibels?.toFixed(0) ?? "" },
          ]}
        />
      );
  }
}

function loudestBands(mel: MelStore, view: TimeView, stepMs: number) {
  const rows: { startMs: number; hertz?: number; decibels?: number }[] = [];
  for (let startMs = Math.floor(view.startMs / stepMs) * stepMs; startMs < view.endMs; startMs += stepMs) {
    let [best, most] = [0, 0];
    for (let band = 0; band < melStripFormat.bands; band++) {
      const value = mel.loudest(band, startMs, startMs + stepMs);
      if (value > most) [best, most] = [band, value];
    }
    rows.push(most === 0 ? { startMs } : { startMs, hertz: bandHz(best), decibels: melDecibels(most) });
  }
  return rows;
}
