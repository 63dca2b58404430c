import type { FrameStore } from "./frameStore.ts";

/** A face of the first result and the one of the second that lies on it. */
export interface FacePair {
  readonly first: number;
  readonly second: number;
}

/** Looked at, spread over the clip. */
const framesLookedAt = 300;
/** Boxes of the same face of two detectors overlap at least so far, as a share of both together. */
const minOverlap = 0.3;

type Box = readonly [number, number, number, number];

/**
 * Which faces of two results of one clip are the same: those whose boxes lie on one another in most frames. Each is in one pair
 * at most; the pairs with the most frames come first.
 */
export function matchFaces(first: FrameStore, second: FrameStore): FacePair[] {
  const counts = new Map<string, FacePair & { frames: number }>();
  const step = Math.max(1, Math.floor(first.length / framesLookedAt));
  for (let frame = 0; frame < first.length; frame += step) {
    const others = second.facesOf(second.frameAt(first.timeOf(frame)));
    for (const face of first.facesOf(frame))
      for (const other of others) {
        if (overlap(face.box, other.box) < minOverlap) continue;
        const key = `${face.track} ${other.track}`;
        const pair = counts.get(key) ?? { first: face.track, second: other.track, frames: 0 };
        counts.set(key, { ...pair, frames: pair.frames + 1 });
      }
  }
  const pairs: FacePair[] = [];
  for (const pair of [...counts.values()].sort((a, b) => b.frames - a.frames))
    if (!pairs.some((one) => one.first === pair.first || one.second === pair.second))
      pairs.push({ first: pair.first, second: pair.second });
  return pairs;
}

/** Intersection over union. */
function overlap([ax, ay, aw, ah]: Box, [bx, by, bw, bh]: Box): number {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (aw * ah + bw * bh - shared);
}
