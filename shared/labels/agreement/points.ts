import type { Segment } from "../../segments/segment.ts";
import type { ComparedLane } from "./clips.ts";
import type { PointPair } from "../../protocol/agreement.ts";
import { eachPair } from "./pairs.ts";

/** Moments with the same label within the tolerance are one. */
export function pointAgreement(
  lanes: readonly ComparedLane[],
  annotators: readonly string[],
  toleranceMs: number,
): PointPair[] {
  return eachPair(annotators.length).flatMap(([i, j]) => {
    const [a, b] = [annotators[i]!, annotators[j]!];
    const both = lanes.flatMap(({ byAnnotator }) => {
      const [first, second] = [byAnnotator.get(a), byAnnotator.get(b)];
      return first === undefined || second === undefined ? [] : [{ first, second }];
    });
    if (both.length === 0) return [];
    const matches = both.flatMap(({ first, second }) => matchPoints(first, second, toleranceMs));
    const all = both.reduce((sum, { first, second }) => sum + first.length + second.length, 0);
    const ofA = both.reduce((sum, { first }) => sum + first.length, 0);
    const matched = matches.length;
    const offset = matches.reduce((sum, [x, y]) => sum + y.startMs - x.startMs, 0) / matched;
    return {
      ...{ a, b, matched, onlyA: ofA - matched, onlyB: all - ofA - matched },
      f1: all === 0 ? null : (2 * matched) / all,
      meanOffsetMs: matched === 0 ? null : offset,
      ...(matched === 0 && { reason: all === 0 ? "Neither has a moment." : "None match." }),
    };
  });
}

type Moment = Pick<Segment, "startMs" | "label">;

/**
 * Moments with the same label within the tolerance, one to one: as many pairs as can be, and of all such ways the one in
 * which they are nearest to each other. Both are sorted.
 */
export function matchPoints<A extends Moment, B extends Moment>(
  first: readonly A[],
  second: readonly B[],
  toleranceMs: number,
): [A, B][] {
  const labels = new Set(first.map(({ label }) => label));
  return [...labels].flatMap((label) =>
    matchSame(
      first.filter((one) => one.label === label),
      second.filter((one) => one.label === label),
      toleranceMs,
    ),
  );
}

/** What the first moments up to one gain with the first `from` to `from` + `gains.length` - 1 of the others. */
interface Row {
  readonly from: number;
  readonly gains: readonly number[];
}

/** The pairs of a best way never cross: it follows, moment by moment, from the best ways of those before. */
function matchSame<A extends Moment, B extends Moment>(
  first: readonly A[],
  second: readonly B[],
  toleranceMs: number,
): [A, B][] {
  // One more pair is worth more than all distances together.
  const worth = toleranceMs * Math.min(first.length, second.length) + 1;
  const rows: Row[] = [{ from: 0, gains: [0] }];
  const gainOf = (row: number, count: number): number => {
    const { from, gains } = rows[row]!;
    // Those behind are too late for these.
    return gains[Math.min(count - from, gains.length - 1)]!;
  };
  let [from, to] = [0, 0];
  first.forEach(({ startMs }, i) => {
    while (from < second.length && second[from]!.startMs < startMs - toleranceMs) from++;
    to = Math.max(to, from);
    while (to < second.length && second[to]!.startMs <= startMs + toleranceMs) to++;
    const gains = [gainOf(i, from)];
    for (let count = from + 1; count <= to; count++) {
      const paired = gainOf(i, count - 1) + worth - Math.abs(second[count - 1]!.startMs - startMs);
      gains.push(Math.max(gainOf(i, count), gains.at(-1)!, paired));
    }
    rows.push({ from, gains });
  });
  const pairs: [A, B][] = [];
  let count = second.length;
  for (let i = first.length; i > 0; i--) {
    const { from: least, gains } = rows[i]!;
    count = Math.min(count, least + gains.length - 1);
    while (count > least && gainOf(i, count) === gainOf(i, count - 1)) count--;
    if (gainOf(i, count) === gainOf(i - 1, count)) continue;
    count--;
    pairs.push([first[i - 1]!, second[count]!]);
  }
  return pairs.reverse();
}
