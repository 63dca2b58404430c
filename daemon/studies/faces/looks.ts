import path from "node:path";
import * as z from "zod";
import { faceSchema, frameLineSchema, type Face } from "../../../shared/protocol/results.ts";
import { readLines } from "../../results/exports/write.ts";
import { faceSquare, type Landmarks } from "../../vision/faceSquare.ts";

/** Where a face of a clip is seen well. */
export interface Look {
  readonly timeMs: number;
  readonly landmarks: Landmarks;
  /** How well, 0..1. */
  readonly worth: number;
}

/** Parts of the time that a face is there; it is looked at once in each. */
const parts = 4;
/** Smaller faces say too little of whose they are; pixels of the face square. */
const leastSide = 24;
const radians = Math.PI / 180;

const lineSchema = frameLineSchema.pick({ timeMs: true }).extend({
  faces: z.array(faceSchema.pick({ track: true, state: true, score: true, landmarks: true, headPose: true })),
});

/**
 * The best looks of each face of results: large, sure and frontal, spread over the time that it is there; by track. Photographs and
 * faces that are never to be trusted have none.
 * @param tracks with the time that each is there
 */
export async function readLooks(
  folder: string,
  tracks: readonly { readonly id: number; readonly firstMs: number; readonly lastMs: number }[],
): Promise<Map<number, Look[]>> {
  const spans = new Map(tracks.map((track) => [track.id, track]));
  const best = new Map<number, Look[]>();
  for await (const { timeMs, faces } of readLines(path.join(folder, "frames.jsonl"), lineSchema))
    for (const face of faces) {
      const span = spans.get(face.track);
      if (span === undefined || face.state !== "ok") continue;
      const landmarks = Float64Array.from(face.landmarks);
      const { side } = faceSquare(landmarks);
      if (side < leastSide) continue;
      const share = (timeMs - span.firstMs) / (span.lastMs - span.firstMs + 1);
      const part = Math.min(parts - 1, Math.max(0, Math.floor(parts * share)));
      let found = best.get(face.track);
      if (found === undefined) best.set(face.track, (found = []));
      const worth = worthOf(face, side);
      if (worth > (found[part]?.worth ?? 0)) found[part] = { timeMs, landmarks, worth };
    }
  return new Map(
    // Parts without a good look are holes of the list.
    [...best].map(([track, found]) => [track, found.flatMap((one) => one)]),
  );
}

/** A turned or nodding face shows less of itself; beyond a size more pixels help little. */
function worthOf({ score, headPose }: Pick<Face, "score" | "headPose">, side: number): number {
  const frontal = Math.max(0, Math.cos(headPose.yawDeg * radians) * Math.cos(headPose.pitchDeg * radians));
  return score * frontal ** 4 * Math.min(1, side / 150);
}
