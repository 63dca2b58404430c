import { readFile } from "node:fs/promises";
import path from "node:path";
import { frameLineSchema, type FrameLine } from "../../shared/protocol/results.ts";

/** How results on two devices agree. */
export interface Agreement {
  readonly frames: number;
  /** Of the frames: the same number of faces in both. */
  readonly sameFaces: number;
  /** Of the faces: the same emotion is the likeliest. */
  readonly sameEmotion: number;
  /** The furthest that a point moved, of the distance of the eyes' outer corners. */
  readonly worstPoint: number;
  readonly worstProbability: number;
  readonly holds: boolean;
}

/** As the tests of following hold it: faces .97, points .03. The cpu's own form of the expression network costs up to half a point. */
const bounds = { sameFaces: 0.97, sameEmotion: 0.97, worstPoint: 0.03 };

/** Holds the frames of one folder of results against those of another, which must be of the same clip. */
export async function compareResults(ours: string, theirs: string): Promise<Agreement> {
  const [one, other] = [await readFrames(ours), await readFrames(theirs)];
  if (one.length !== other.length) throw new Error(`${one.length} frames against ${other.length}`);
  const faces = one.flatMap((frame, i) =>
    frame.faces.length === other[i]!.faces.length
      ? frame.faces.map((face, n) => ({ face, twin: other[i]!.faces[n]! }))
      : [],
  );
  const sameFaces =
    one.filter((frame, i) => frame.faces.length === other[i]!.faces.length).length / one.length;
  let [worstPoint, worstProbability, same, compared] = [0, 0, 0, 0];
  for (const { face, twin } of faces) {
    worstPoint = Math.max(worstPoint, furthest(face, twin));
    if (face.emotion === undefined || twin.emotion === undefined) continue;
    compared += 1;
    const [a, b]: Record<string, number>[] = [face.emotion, twin.emotion];
    same += likeliest(a!) === likeliest(b!) ? 1 : 0;
    for (const [label, p] of Object.entries(a!))
      worstProbability = Math.max(worstProbability, Math.abs(p - b![label]!));
  }
  const found = { sameFaces, sameEmotion: compared === 0 ? 0 : same / compared, worstPoint };
  const holds =
    found.sameFaces >= bounds.sameFaces &&
    found.sameEmotion >= bounds.sameEmotion &&
    found.worstPoint <= bounds.worstPoint;
  return { frames: one.length, ...found, worstProbability, holds };
}

async function readFrames(folder: string): Promise<FrameLine[]> {
  const lines = (await readFile(path.join(folder, "frames.jsonl"), "utf8")).trim().split("\n");
  return lines.map((line) => frameLineSchema.parse(JSON.parse(line)));
}

type Face = FrameLine["faces"][number];

/** iBUG's outer corners of the eyes. */
const [rightCorner, leftCorner] = [36, 45];

function furthest(face: Face, twin: Face): number {
  const [a, b] = [face.landmarks, twin.landmarks];
  if (a.length === 0 || a.length !== b.length) return 0;
  const between = (i: number, j: number, other = a) =>
    Math.hypot(a[2 * i]! - other[2 * j]!, a[2 * i + 1]! - other[2 * j + 1]!);
  const points = Array.from({ length: a.length / 2 }, (_, i) => between(i, i, b));
  return Math.max(...points) / between(rightCorner, leftCorner);
}

const likeliest = (probabilities: Record<string, number>): string | undefined =>
  Object.entries(probabilities).sort((a, b) => b[1] - a[1])[0]?.[0];
