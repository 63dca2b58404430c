import type { Analysis } from "../../../shared/protocol/results.ts";
import { decodeFrames } from "../../media/decodeFrames.ts";
import type { Ffmpeg } from "../../media/ffmpeg.ts";
import type { Frame } from "../../media/frame.ts";
import type { StillPicture } from "../../media/picture.ts";
import { probeMedia } from "../../media/probe.ts";
import { cropInto, type Crop } from "../../vision/crop.ts";
import type { FaceLikenessReader } from "../../vision/faceLikeness.ts";
import { taskCrop } from "../../vision/faceSquare.ts";
import type { Look } from "./looks.ts";

export interface ClipFile {
  readonly path: string;
  readonly analysis: Analysis;
}

interface Tools {
  readonly ffmpeg: Ffmpeg;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The embeddings of the faces of a clip, each the mean of its looks, of unit length.
 * @param looks by face @throws AppError those of decodeFrames
 */
export async function embedFaces(
  clip: ClipFile,
  looks: ReadonlyMap<number, readonly Look[]>,
  reader: FaceLikenessReader,
  tools: Tools,
): Promise<Map<number, Float32Array>> {
  const sums = new Map<number, Float32Array>();
  const wanted = [...looks].flatMap(([track, list]) => list.map((look) => ({ ...look, track })));
  await atTimes(clip, wanted, tools, async (frame, { track, landmarks }) => {
    const one = await reader.read(frame, landmarks);
    const before = sums.get(track);
    sums.set(track, before === undefined ? one : one.map((value, i) => value + before[i]!));
  });
  return new Map(
    [...sums].map(([track, sum]) => {
      const length = Math.hypot(...sum);
      return [track, sum.map((value) => value / length)];
    }),
  );
}

/** Of a picture for people, in face squares: with hair and chin. */
const shownScale = 1.5;
const shownSide = 128;

/** A face as a square RGB picture; undefined where the clip ends before. @throws AppError those of decodeFrames */
export async function cutFace(
  clip: ClipFile,
  { timeMs, square }: { readonly timeMs: number; readonly square: Crop },
  tools: Tools,
): Promise<Omit<StillPicture, "scale"> | undefined> {
  let cut: Omit<StillPicture, "scale"> | undefined;
  await atTimes(clip, [{ timeMs }], tools, (frame) => {
    const planes = new Float32Array(3 * shownSide * shownSide);
    cropInto(frame, taskCrop(square, shownScale), shownSide, shownSide, planes);
    const plane = shownSide * shownSide;
    const data = Uint8Array.from({ length: 3 * plane }, (_, i) =>
      Math.round(planes[(i % 3) * plane + Math.floor(i / 3)]!),
    );
    cut = { data, width: shownSide, height: shownSide, channels: 3 };
  });
  return cut;
}

/** What lies farther ahead than so is jumped to. */
const jumpMs = 3000;

/** The frames that were measured at these times, as the analysis saw them, in order of time. */
async function atTimes<Wanted extends { readonly timeMs: number }>(
  { path, analysis }: ClipFile,
  wanted: readonly Wanted[],
  tools: Tools,
  look: (frame: Frame, wanted: Wanted) => Promise<void> | void,
): Promise<void> {
  const maxHeight = Number(analysis.config["maxHeight"]) || undefined;
  const info = await probeMedia(path, tools);
  // Half a frame earlier: times are rounded.
  const earlierMs = (info.video?.frameIntervalMs ?? 2) / 2;
  const ordered = wanted.toSorted((a, b) => a.timeMs - b.timeMs);
  for (let next = 0; next < ordered.length;) {
    const first = next;
    const startMs = Math.max(0, ordered[next]!.timeMs - earlierMs);
    for await (const frame of decodeFrames(path, info, { ...tools, startMs, maxHeight })) {
      const shown = () => ordered[next] !== undefined && ordered[next]!.timeMs - earlierMs <= frame.timeMs;
      for (; shown(); next++) await look(frame, ordered[next]!);
      if (next === ordered.length || ordered[next]!.timeMs > frame.timeMs + jumpMs) break;
    }
    // The clip ends before.
    if (next === first) return;
  }
}
