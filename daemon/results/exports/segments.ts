import type { FrameLine, FusedLine } from "../../../shared/protocol/results.ts";
import { dominant } from "../tracks.ts";

/** A stretch of time with one value. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: string;
}

/** Shorter stretches are given to the one before: an annotator wants segments, not flicker. */
const shortestMs = 250;
/** A gap between two frames of a face that ends its segment. */
const gapMs = 500;

/** For each track, the stretches over which one emotion is the strongest. */
export async function emotionSegments(lines: AsyncIterable<FrameLine>): Promise<Map<number, Segment[]>> {
  const tracks = new Map<number, Segment[]>();
  for await (const { timeMs, faces } of lines) {
    for (const { track, emotion } of faces) {
      if (emotion === undefined) continue;
      const segments = tracks.get(track) ?? [];
      tracks.set(track, segments);
      append(segments, timeMs, dominant(emotion));
    }
  }
  for (const segments of tracks.values()) dropEmptyEnd(segments);
  return tracks;
}

/** For each track (undefined: the voice alone), the stretches over which one fused emotion is the strongest. */
export async function fusedSegments(
  lines: AsyncIterable<FusedLine>,
): Promise<Map<number | undefined, Segment[]>> {
  const tracks = new Map<number | undefined, Segment[]>();
  for await (const { timeMs, track, probabilities } of lines) {
    if (probabilities === undefined) continue;
    const segments = tracks.get(track) ?? [];
    tracks.set(track, segments);
    append(segments, timeMs, dominant(probabilities));
  }
  for (const segments of tracks.values()) dropEmptyEnd(segments);
  return tracks;
}

function dropEmptyEnd(segments: Segment[]): void {
  const last = segments.at(-1);
  if (last !== undefined && last.endMs === last.startMs) segments.pop();
}

function append(segments: Segment[], timeMs: number, value: string): void {
  const last = segments.at(-1);
  if (last === undefined || timeMs - last.endMs > gapMs) {
    if (last?.endMs === last?.startMs) segments.pop();
    segments.push({ startMs: timeMs, endMs: timeMs, value });
    return;
  }
  segments[segments.length - 1] = { ...last, endMs: timeMs };
  if (last.value === value) return;
  if (timeMs - last.startMs >= shortestMs) {
    segments.push({ startMs: timeMs, endMs: timeMs, value });
    return;
  }
  // Too short: it goes on as what comes now, or back to what was before it.
  segments.pop();
  const before = segments.at(-1);
  if (before?.endMs === last.startMs && before.value === value) {
    segments[segments.length - 1] = { ...before, endMs: timeMs };
  } else segments.push({ startMs: last.startMs, endMs: timeMs, value });
}
