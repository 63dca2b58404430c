import { decodeFrames } from "../media/decodeFrames.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { probeMedia } from "../media/probe.ts";
import { likeness } from "../vision/appearance.ts";
import { createDetector } from "../vision/detect.ts";
import { createFaceLikenessReader } from "../vision/faceLikeness.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import type { FoundFaces, RedactionNetworks } from "./findFaces.ts";

/** What can still be seen in a redacted copy. */
export interface RedactionCheck {
  /** Frames of the copy that were looked at. */
  readonly frames: number;
  /** Findings of the detector that lie on no kept face. A blurred or drawn head may still be a head to it. */
  readonly facesFound: number;
  /**
   * The greatest likeness of such a finding to a face of the clip, as the network of the task `face-likeness` sees it, and when;
   * absent where nothing was found.
   */
  readonly mostLike?: { readonly likeness: number; readonly timeMs: number; readonly track: number };
  /** Findings that look like a face of the clip. 0 is what is wanted. */
  readonly recognisable: number;
  /** From this likeness on: 1 in 1,000 pairs of different people is as alike (the network's card). */
  readonly recognisableFrom: number;
}

/** Looks at every frame of a redacted copy as a stranger's detector would. */
export async function checkRedaction(
  file: string,
  { tracks, frames: original }: FoundFaces,
  { face, landmarks, "face-likeness": embedder }: RedactionNetworks,
  options: {
    readonly ffmpeg: Ffmpeg;
    readonly signal: AbortSignal;
    readonly keep: ReadonlySet<number>;
    readonly onFrame: (timeMs: number) => void;
  },
): Promise<RedactionCheck> {
  const media = await probeMedia(file, options);
  const detector = createDetector(face);
  const landmarker = createLandmarker(landmarks);
  const reader = createFaceLikenessReader(embedder);
  const { likenessFrom: recognisableFrom } = reader;
  const looks = [...tracks]
    .filter(([track]) => !options.keep.has(track))
    .flatMap(([track, { looks: list }]) => list.map((look) => ({ track, look })));
  let facesFound = 0;
  let recognisable = 0;
  let frames = 0;
  let mostLike: RedactionCheck["mostLike"];
  let at = 0;
  for await (const frame of decodeFrames(file, media, options)) {
    frames++;
    options.onFrame(frame.timeMs);
    while (at + 1 < original.length && original[at + 1]!.timeMs <= frame.timeMs) at++;
    for (const { square } of await detector.detect(frame)) {
      const kept = original[at]!.faces.some(
        ({ track, cx, cy, side }) =>
          track !== undefined &&
          options.keep.has(track) &&
          Math.hypot(cx - square.cx, cy - square.cy) < 0.7 * side,
      );
      if (kept) continue;
      facesFound++;
      const [marked] = await landmarker.read(frame, [square]);
      const seen = await reader.read(frame, marked!.landmarks);
      let best = { track: 0, likeness: -1 };
      for (const { track, look } of looks) {
        const value = likeness(look, seen);
        if (value > best.likeness) best = { track, likeness: value };
      }
      if (best.likeness >= recognisableFrom) recognisable++;
      if (best.likeness > (mostLike?.likeness ?? -1))
        mostLike = { ...best, likeness: Math.round(best.likeness * 1000) / 1000, timeMs: frame.timeMs };
    }
  }
  return { frames, facesFound, recognisable, recognisableFrom, ...(mostLike && { mostLike }) };
}
