import type { MediaInfo } from "../../shared/protocol/results.ts";
import type { Model } from "../inference/models.ts";
import { decodeFrames, type DecodeFramesOptions } from "../media/decodeFrames.ts";
import type { Frame } from "../media/frame.ts";
import type { Landmarks } from "../vision/faceSquare.ts";
import { SceneCuts } from "../vision/cuts.ts";
import { createDetector, type Detection } from "../vision/detect.ts";
import { FaceFollower, type FollowOptions } from "../vision/follow.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import type { FaceAt, FacesOfFrame } from "./coverage.ts";
import { createLookReader, type Look } from "./looks.ts";

/** What faces are found and compared by. */
export type RedactionNetworks = Readonly<Record<"face" | "landmarks" | "face-likeness", Model>>;

export interface FoundFaces {
  readonly frames: readonly FacesOfFrame[];
  /** When each track was seen, and a few of its looks. */
  readonly tracks: ReadonlyMap<number, { firstMs: number; lastMs: number; looks: Look[] }>;
}

/** A finding counts as a face in doubt from this share of the detector's own threshold on. */
const doubtShare = 0.4;
const minDoubt = 0.2;
const looksKept = 8;
const describeEveryMs = 500;

/**
 * Finds the faces of every frame: the tracks, with the ids that `edin analyze` gives, and beside them whatever the detector
 * takes for a face at a lower threshold, on every frame.
 */
export async function findFaces(
  mediaPath: string,
  media: MediaInfo,
  { face, landmarks, "face-likeness": likeness }: RedactionNetworks,
  options: FollowOptions &
    DecodeFramesOptions & {
      readonly onFrame: (timeMs: number) => void;
      /** Looks at the faces of each frame while its pixels are there. */
      readonly look?: (
        frame: Frame,
        faces: readonly { readonly track: number; readonly landmarks: Landmarks }[],
      ) => Promise<void>;
    },
): Promise<FoundFaces> {
  const sure = Number(face.entry.preprocessing["scoreThreshold"] ?? 0.5);
  const low = createDetector(face, Math.max(minDoubt, doubtShare * sure));
  let found: Detection[] = [];
  const follower = new FaceFollower(
    { detect: () => Promise.resolve(found.filter(({ score }) => score >= sure)) },
    createLandmarker(landmarks),
    options,
  );
  const reader = createLookReader(likeness);
  const cuts = new SceneCuts();
  const frames: FacesOfFrame[] = [];
  const tracks = new Map<number, { firstMs: number; lastMs: number; looks: Look[] }>();
  let describedMs = -Infinity;
  for await (const frame of decodeFrames(mediaPath, media, options)) {
    const cut = cuts.isCut(frame);
    found = await low.detect(frame);
    const followed = await follower.next(frame, cut);
    await options.look?.(
      frame,
      followed.map(({ id, reading }) => ({ track: id, landmarks: reading.landmarks })),
    );
    const describe = frame.timeMs - describedMs >= describeEveryMs;
    if (describe) describedMs = frame.timeMs;
    const faces: FaceAt[] = followed.map(({ id, square: { cx, cy, side } }) => ({ cx, cy, side, track: id }));
    for (const { id, square, reading } of followed) {
      const track = tracks.get(id) ?? { firstMs: frame.timeMs, lastMs: frame.timeMs, looks: [] };
      track.lastMs = frame.timeMs;
      if (track.looks.length === 0 || (describe && track.looks.length < looksKept))
        track.looks.push(await reader.read(frame, square, reading.landmarks));
      tracks.set(id, track);
    }
    for (const { square } of found) faces.push({ cx: square.cx, cy: square.cy, side: square.side });
    frames.push({ timeMs: frame.timeMs, cut, faces });
    options.onFrame(frame.timeMs);
  }
  return { frames, tracks };
}
