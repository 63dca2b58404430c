import { percent } from "../../../shared/text/percent.ts";
import { levelFor, meanBetween, sampleAt, sampleState, type Series } from "../../data/series.ts";
import type { TimelineLayer, LayerBox } from "../layer.ts";
import type { Palette } from "../palette.ts";
import { formatTime, stepsOf, timeToX, viewText, type TimeView } from "../timeView.ts";

const height = 44;
/** Height of the strip that marks where another emotion leads. */
const stripHeight = 6;

/** How far two results are apart over time: a hill from 0 to 100 %, and above it a mark wherever another emotion leads. */
export function differenceLayer(id: string, title: string, difference: Series): TimelineLayer {
  const level = difference.levels[0]!;
  return {
    ...{ id, kind: "series", title, height, gap: 10 },
    scale: [
      { text: "100 %", y: stripHeight },
      { text: "0 %", y: height },
    ],
    draw: (context, view, box, palette) => drawDifference(context, difference, view, box, palette),
    valuesAt(timeMs) {
      const i = sampleAt(level.startMs, timeMs, level.length);
      if (i < 0 || timeMs >= level.endMs[i]!) return [];
      const [distance, differs] = [level.values[2 * i]!, level.values[2 * i + 1]!];
      return [
        { name: "difference", value: percent(distance) },
        { name: differs > 0.5 ? "another emotion leads" : "the same emotion leads", value: "" },
      ];
    },
    table: (view, stepMs) => ({
      caption: `Difference of the two results, ${viewText(view)}`,
      columns: [
        { title: "From" },
        { title: "Difference", number: true },
        { title: "Time with another emotion ahead", number: true },
      ],
      rows: Array.from(stepsOf(view, stepMs), (startMs) => {
        const out = new Float32Array(2);
        const absent = meanBetween(level, 2, startMs, startMs + stepMs, out) === sampleState.absent;
        const cells = Array.from(out, (value) => (absent ? "" : percent(value, 1)));
        return { startMs, cells: [formatTime(startMs, stepMs), ...cells] };
      }),
    }),
  };
}

function drawDifference(
  context: CanvasRenderingContext2D,
  difference: Series,
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): number {
  const { level, from, to } = levelFor(difference, view.startMs, view.endMs, box.width / 2);
  const bottom = box.y + box.height;
  for (let i = from; i < to; i++) {
    if (level.state[i] === sampleState.absent) continue;
    const x0 = timeToX(view, level.startMs[i]!, box.width);
    const width = Math.max(timeToX(view, level.endMs[i]!, box.width) - x0, 0.5);
    const high = level.values[2 * i]! * (box.height - stripHeight);
    context.fillStyle = palette.accent;
    context.fillRect(x0, bottom - high, width, high);
    if (level.values[2 * i + 1]! < 0.5) continue;
    context.fillStyle = palette.foreground;
    context.fillRect(x0, box.y, width, stripHeight - 2);
  }
  return to - from;
}
