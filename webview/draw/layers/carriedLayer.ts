import type { CarriedStretch } from "../../data/carried.ts";
import type { TimelineLayer } from "../layer.ts";
import { formatTime, timeToX, viewText } from "../timeView.ts";
import { drawBar } from "./bar.ts";

/** Which side the fused emotion came from. */
export function carriedLayer(id: string, title: string, stretches: readonly CarriedStretch[]): TimelineLayer {
  return {
    ...{ id, kind: "stretches", title, height: 22, gap: 8 },
    draw(context, view, box, palette) {
      context.font = `11px ${palette.font}`;
      context.textBaseline = "middle";
      const seen = stretches.filter(({ startMs, endMs }) => endMs >= view.startMs && startMs <= view.endMs);
      for (const { startMs, endMs, label } of seen) {
        const [x0, x1] = [timeToX(view, startMs, box.width), timeToX(view, endMs, box.width)];
        drawBar(context, label, x0, x1, box, palette);
      }
      return seen.length;
    },
    valuesAt: (timeMs) =>
      stretches
        .filter(({ startMs, endMs }) => startMs <= timeMs && timeMs < endMs)
        .map(({ label }) => ({ name: "carried by", value: label })),
    table: (view) => ({
      caption: `${title}: which side carried the fused emotion, ${viewText(view)}`,
      columns: [{ title: "From" }, { title: "To" }, { title: "Carried by" }],
      rows: stretches
        .filter(({ startMs, endMs }) => startMs < view.endMs && endMs > view.startMs)
        .map(({ startMs, endMs, label }) => ({
          startMs,
          cells: [formatTime(startMs, 100), formatTime(endMs, 100), label],
        })),
    }),
  };
}
