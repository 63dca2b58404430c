import { follows, sampleState, type SeriesLevel } from "../../data/series.ts";
import { timeToX, type TimeView } from "../timeView.ts";

/** Where one emotion is the most probable one. */
interface LeadingStretch {
  readonly x0: number;
  readonly x1: number;
  /** `undefined` where the quality was low. */
  readonly label: string | undefined;
}

/** The stretches of samples `from..to` over which the most probable emotion stays the same, inside the box. */
export function* leadingStretches(
  labels: readonly string[],
  level: SeriesLevel,
  from: number,
  to: number,
  view: TimeView,
  width: number,
): Generator<LeadingStretch> {
  let start = from;
  for (let i = from; i < to; i++) {
    const leads = leader(level, i, labels.length);
    if (i + 1 < to && leader(level, i + 1, labels.length) === leads && follows(level, i + 1)) continue;
    const x0 = Math.max(timeToX(view, level.startMs[start]!, width), 0);
    const x1 = Math.min(timeToX(view, level.endMs[i]!, width), width);
    start = i + 1;
    if (leads !== absent && x1 > x0)
      yield { x0, x1, label: leads === lowQuality ? undefined : labels[leads]! };
  }
}

const [absent, lowQuality] = [-2, -1];

/** Index of the most probable emotion of a sample, or one of the two above. */
function leader(level: SeriesLevel, i: number, width: number): number {
  if (level.state[i] === sampleState.absent) return absent;
  if (level.state[i] === sampleState.lowQuality) return lowQuality;
  let best = 0;
  for (let k = 1; k < width; k++)
    if (level.values[i * width + k]! > level.values[i * width + best]!) best = k;
  return best;
}
