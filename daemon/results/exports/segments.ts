import type { FrameLine, FusedLine, SpeechLine } from "../../../shared/protocol/results.ts";
import { modelSegment, subjectOf, type Stretch } from "../../../shared/segments/segment.ts";
import { dominant } from "../tracks.ts";

/** A stretch with one label, as it grows. */
type Growing = Pick<Stretch, "startMs" | "endMs" | "label">;

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
): Promise<Map<number, Stretch[]>> {
  const tracks = new Map<number, Growing[]>();
  for await (const { timeMs, faces } of lines) {
    for (const { track, emotion } of faces) {
      if (emotion === undefined) continue;
      const segments = tracks.get(track) ?? [];
      tracks.set(track, segments);
      append(segments, timeMs, dominant(emotion), frameMs);
    }
  }
  return finish(tracks, frameMs, (track, one) => modelSegment(subjectOf(track), "emotion", one));
}

/** For each track (undefined: the voice alone), the stretches over which one fused emotion is the strongest. */
export async function fusedSegments(
  lines: AsyncIterable<FusedLine>,
  stepMs = usualFrameMs,
): Promise<Map<number | undefined, Stretch[]>> {
  const tracks = new Map<number | undefined, Growing[]>();
  for await (const { timeMs, track, probabilities } of lines) {
    if (probabilities === undefined) continue;
    const segments = tracks.get(track) ?? [];
    tracks.set(track, segments);
    append(segments, timeMs, dominant(probabilities), stepMs);
  }
  return finish(tracks, stepMs, (track, one) =>
    modelSegment(track === undefined ? { kind: "voice" } : subjectOf(track), "fused", one),
  );
}

/** What a line of sound stands for. */
export interface HeardPart {
  readonly startMs: number;
  readonly endMs: number;
  readonly line: SpeechLine;
}

/** Lines of sound overlap: each stands for the time around its middle, halfway to the ones before and after. */
export function heardParts(lines: readonly SpeechLine[]): HeardPart[] {
  const middle = (line: SpeechLine): number => (line.startMs + line.endMs) / 2;
  return lines.flatMap((line, i) => {
    const [before, after] = [lines[i - 1], lines[i + 1]];
    const startMs = before ? Math.max(line.startMs, (middle(before) + middle(line)) / 2) : line.startMs;
    const endMs = after ? Math.min(line.endMs, (middle(line) + middle(after)) / 2) : line.endMs;
    return endMs > startMs ? [{ startMs, endMs, line }] : [];
  });
}

/** A stretch of sound of which one thing is said, with the lines that say so. */
export interface HeardStretch extends Growing {
  readonly lines: readonly SpeechLine[];
}

/** Stretches of sound that follow one another and of which the same is said, such as their emotion, or that somebody speaks. */
export function heardStretches(
  lines: readonly SpeechLine[],
  labelOf: (line: SpeechLine) => string | undefined,
): HeardStretch[] {
  const found: HeardStretch[] = [];
  for (const { startMs, endMs, line } of heardParts(lines)) {
    const label = labelOf(line);
    if (label === undefined) continue;
    const last = found.at(-1);
    if (last?.label === label && last.endMs === startMs)
      found[found.length - 1] = { ...last, endMs, lines: [...last.lines, line] };
    else found.push({ startMs, endMs, label, lines: [line] });
  }
  return found;
}

/** The likeliest emotion of a line of sound; none without a voice. */
export function heardEmotion({ probabilities }: SpeechLine): string | undefined {
  return probabilities && dominant(probabilities);
}

function finish<Key>(
  tracks: ReadonlyMap<Key, Growing[]>,
  frameMs: number,
  toSegment: (track: Key, stretch: Growing) => Stretch,
): Map<Key, Stretch[]> {
  return new Map(
    Array.from(tracks, ([track, stretches]) => {
      close(stretches, frameMs);
      return [track, stretches.map((stretch) => toSegment(track, stretch))];
    }),
  );
}

/** The last frame of a face lasts as long as the others. A single short one is left out. */
function close(segments: Growing[], frameMs: number): void {
  const last = segments.at(-1);
  if (last === undefined) return;
  if (last.endMs === last.startMs && frameMs < minMs) segments.pop();
  else segments[segments.length - 1] = { ...last, endMs: last.endMs + frameMs };
}

function append(segments: Growing[], timeMs: number, label: string, frameMs: number): void {
  const last = segments.at(-1);
  if (last === undefined || timeMs - last.endMs > Math.max(gapMs, 2.5 * frameMs)) {
    close(segments, frameMs);
    segments.push({ startMs: timeMs, endMs: timeMs, label });
    return;
  }
  segments[segments.length - 1] = { ...last, endMs: timeMs };
  if (last.label === label) return;
  if (timeMs - last.startMs >= minMs) {
    segments.push({ startMs: timeMs, endMs: timeMs, label });
    return;
  }
  // Too short: it goes on as what comes now, or back to what was before it.
  segments.pop();
  const before = segments.at(-1);
  if (before?.endMs === last.startMs && before.label === label) {
    segments[segments.length - 1] = { ...before, endMs: timeMs };
  } else segments.push({ startMs: last.startMs, endMs: timeMs, label });
}
