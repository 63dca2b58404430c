import type { FrameLine, FusedLine } from "../../../shared/protocol/results.ts";
import { dominant } from "../tracks.ts";

/** A stretch of time with one value. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly value: string;
}

/** Shorter stretches are given to the one before: an annotator wants segments, not flicker. */
const minMs = 250;
/** A gap between two frames of a face that ends its segment; in slow clips two and a half of their frames. */
const gapMs = 500;
/** A frame lasts until the next one. Of results that do not say how far those are apart: 25 a second. */
const usualFrameMs = 40;

/** For each track, the stretches over which one emotion is the strongest. */
export async function emotionSegments(
  lines: AsyncIterable<FrameLine>,
  frameMs = usualFrameMs,
): Promise<Map<number, Segment[]>> {
  const tracks = new Map<number, Segment[]>();
  for await (const { timeMs, faces } of lines) {
    for (const { track, emotion } of faces) {
      if (emotion === undefined) continue;
      const segments = tracks.get(track) ?? [];
      tracks.set(track, segments);
      append(segments, timeMs, dominant(emotion), frameMs);
    }
  }
  for (const segments of tracks.values()) close(segments, frameMs);
  return tracks;
}

/** For each track (undefined: the voice alone), the stretches over which one fused emotion is the strongest. */
export async function fusedSegments(
  lines: AsyncIterable<FusedLine>,
  stepMs = usualFrameMs,
): Promise<Map<number | undefined, Segment[]>> {
  const tracks = new Map<number | undefined, Segment[]>();
  for await (const { timeMs, track, probabilities } of lines) {
    if (probabilities === undefined) continue;
    const segments = tracks.get(track) ?? [];
    tracks.set(track, segments);
    append(segments, timeMs, dominant(probabilities), stepMs);
  }
  for (const segments of tracks.values()) close(segments, stepMs);
  return tracks;
}

/** The last frame of a face lasts as long as the others. A single short one is left out. */
function close(segments: Segment[], frameMs: number): void {
  const last = segments.at(-1);
  if (last === undefined) return;
  if (last.endMs === last.startMs && frameMs < minMs) segments.pop();
  else segments[segments.length - 1] = { ...last, endMs: last.endMs + frameMs };
}

function append(segments: Segment[], timeMs: number, value: string, frameMs: number): void {
  const last = segments.at(-1);
  if (last === undefined || timeMs - last.endMs > Math.max(gapMs, 2.5 * frameMs)) {
    close(segments, frameMs);
    segments.push({ startMs: timeMs, endMs: timeMs, value });
    return;
  }
  segments[segments.length - 1] = { ...last, endMs: timeMs };
  if (last.value === value) return;
  if (timeMs - last.startMs >= minMs) {
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
