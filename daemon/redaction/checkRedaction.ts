import { round } from "../../shared/round.ts";
import { decodeFrames } from "../media/decodeFrames.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { probeMedia } from "../media/probe.ts";
import { createDetector } from "../vision/detect.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import type { FoundFaces, RedactionNetworks } from "./findFaces.ts";
import { createLookReader, moreAlike, type Resemblance } from "./looks.ts";

/** What can still be seen in a redacted copy. */
export interface RedactionCheck {
  /** Frames of the copy that were looked at. */
  readonly frames: number;
  /** Findings of the detector that lie on no kept face. A blurred or drawn head may still be a head to it. */
  readonly facesFound: number;
  /** The greatest likeness of such a finding to a face of the clip, for its limit, and when; absent where nothing was found. */
  readonly mostLike?: Resemblance & { readonly timeMs: number; readonly track: number };
  /** Findings that look like a face of the clip. 0 is what is wanted. */
  readonly recognisable: number;
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
  const reader = createLookReader(embedder);
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
      const seen = await reader.read(frame, square, marked!.landmarks);
      const all = looks.map(({ track, look }) => ({
        ...{ ...reader.compare(look, seen), track, timeMs: frame.timeMs },
      }));
      if (all.length === 0) continue;
      const best = all.reduce(moreAlike);
      if (best.likeness >= best.from) recognisable++;
      mostLike = mostLike === undefined ? best : moreAlike(mostLike, best);
    }
  }
  const rounded = mostLike && { ...mostLike, likeness: round(mostLike.likeness, 3) };
  return { frames, facesFound, recognisable, ...(rounded && { mostLike: rounded }) };
}
