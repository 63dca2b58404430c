import { quantile, type Interval } from "./intervals.ts";
import { seededRandom } from "./random.ts";

/** How a 95 % interval was drawn. */
export interface ResamplingPlan {
  /** `parts`: whole parts (clips) with replacement. `blocks`: runs of `blockLength` neighbouring parts of one series. */
  readonly method: "parts" | "blocks";
  readonly blockLength: number;
  readonly draws: number;
  readonly seed: number;
}

/** Below this share of draws that could be computed there is no interval. */
const minComputable = 0.9;

/**
 * 95 % percentile intervals of statistics that follow from sums over parts: whole parts are drawn with replacement, or
 * (moving-block bootstrap, Kunsch 1989) overlapping runs of neighbouring parts, as many as make up the length.
 *
 * @param parts rows of sums, all of one length
 * @param statistics of the sums of a draw; undefined where one cannot be computed
 * @returns an interval for each statistic, or nothing where too few draws have it
 */
export function resampledIntervals(
  parts: readonly Float64Array[],
  statistics: (sums: Float64Array) => readonly (number | undefined)[],
  { method, blockLength, draws, seed }: ResamplingPlan,
): (Interval | undefined)[] {
  const blocks = method === "parts" ? parts : runs(parts, blockLength);
  const [first] = blocks;
  if (first === undefined || parts.length < 2 || blocks.length < 2) return [];
  const perDraw = method === "parts" ? parts.length : Math.ceil(parts.length / blockLength);
  const random = seededRandom(seed);
  const sums = new Float64Array(first.length);
  let drawn: number[][] = [];
  for (let draw = 0; draw < draws; draw++) {
    sums.fill(0);
    for (let i = 0; i < perDraw; i++) {
      const block = blocks[Math.floor(random() * blocks.length)]!;
      for (let j = 0; j < sums.length; j++) sums[j]! += block[j]!;
    }
    const values = statistics(sums);
    if (draw === 0) drawn = values.map(() => []);
    values.forEach((value, i) => {
      if (value !== undefined) drawn[i]!.push(value);
    });
  }
  return drawn.map((values) =>
    values.length < minComputable * draws ? undefined : [quantile(values, 0.025), quantile(values, 0.975)],
  );
}

/** Sums of every run of `length` neighbours. */
function runs(parts: readonly Float64Array[], length: number): Float64Array[] {
  const width = parts[0]?.length ?? 0;
  return Array.from({ length: Math.max(0, parts.length - length + 1) }, (_, start) => {
    const sums = new Float64Array(width);
    for (let i = start; i < start + length; i++) for (let j = 0; j < width; j++) sums[j]! += parts[i]![j]!;
    return sums;
  });
}
