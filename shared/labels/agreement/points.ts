import type { Segment } from "../../segments/segment.ts";
import type { ComparedLane } from "./clips.ts";
import type { PointPair } from "../../protocol/agreement.ts";
import { eachPair, matchBestFirst } from "./pairs.ts";

/** Moments with the same label within the tolerance are one, the nearest first. */
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

/** Moments with the same label within the tolerance, the nearest first, one to one. Both are sorted. */
export function matchPoints<A extends Moment, B extends Moment>(
  first: readonly A[],
  second: readonly B[],
  toleranceMs: number,
): [A, B][] {
  return matchBestFirst(first, second, {
    fit: (x, y) => {
      const apart = Math.abs(x.startMs - y.startMs);
      return x.label === y.label && apart <= toleranceMs ? -apart : undefined;
    },
    before: (x, y) => y.startMs < x.startMs - toleranceMs,
    past: (x, y) => y.startMs > x.startMs + toleranceMs,
  });
}
