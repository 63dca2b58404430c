/** A region of one frame that is covered: an upright ellipse, source pixels. */
export interface Cover {
  readonly cx: number;
  readonly cy: number;
  /** Half axes. */
  readonly rx: number;
  readonly ry: number;
  /** The face's track, where it has one. */
  readonly track?: number;
}

/** A face of one frame: its square without roll. */
export interface FaceAt {
  readonly cx: number;
  readonly cy: number;
  readonly side: number;
  /** Absent: the detector's finding that nothing follows. */
  readonly track?: number;
}

/** One frame's faces, sure and in doubt. */
export interface FacesOfFrame {
  readonly timeMs: number;
  readonly cut: boolean;
  readonly faces: readonly FaceAt[];
}

/** A cover in face squares: head, hair, ears and chin. */
const half = { x: 0.86, y: 1.05 };
const upwards = 0.14;
/** A face that was seen stays covered for this long before and after, milliseconds. */
const aroundMs = 300;
/** A track that comes back within this time was there in between. */
const bridgeMs = 2000;

const coverOf = ({ cx, cy, side, track }: FaceAt): Cover => ({
  cx,
  cy: cy - upwards * side,
  rx: half.x * side,
  ry: half.y * side,
  ...(track !== undefined && { track }),
});

/**
 * What has to be covered in each frame, so that no face is bare in a frame in which it was missed: every face of the frame,
 * every face of the frames around it (±300 ms, not across a cut), and the way of each track over its gaps (up to 2 s).
 * @param keep tracks that stay as they are, with whatever else was found on them
 */
export function coverFrames(
  frames: readonly FacesOfFrame[],
  keep: ReadonlySet<number> = new Set(),
): Cover[][] {
  const covers = frames.map(({ faces }) => faces.filter((face) => !isKept(face, faces, keep)).map(coverOf));
  const own = covers.map((list) => [...list]);
  bridgeGaps(frames, covers, keep);
  spread(frames, own, covers, keep);
  return covers;
}

function isKept(face: FaceAt, faces: readonly FaceAt[], keep: ReadonlySet<number>): boolean {
  if (face.track !== undefined) return keep.has(face.track);
  return faces.some(
    (other) =>
      other.track !== undefined &&
      keep.has(other.track) &&
      Math.hypot(other.cx - face.cx, other.cy - face.cy) < 0.6 * other.side,
  );
}

/** Between two sightings of a track its face moved in a straight line. */
function bridgeGaps(frames: readonly FacesOfFrame[], covers: Cover[][], keep: ReadonlySet<number>): void {
  const last = new Map<number, { frame: number; face: FaceAt }>();
  for (const [i, { faces, cut, timeMs }] of frames.entries()) {
    if (cut) last.clear();
    for (const face of faces) {
      if (face.track === undefined || keep.has(face.track)) continue;
      const before = last.get(face.track);
      if (before && i - before.frame > 1 && timeMs - frames[before.frame]!.timeMs <= bridgeMs)
        for (let k = before.frame + 1; k < i; k++) {
          const t = (k - before.frame) / (i - before.frame);
          const between = (a: number, b: number): number => a + t * (b - a);
          covers[k]!.push(
            coverOf({
              cx: between(before.face.cx, face.cx),
              cy: between(before.face.cy, face.cy),
              side: Math.max(before.face.side, face.side),
              track: face.track,
            }),
          );
        }
      last.set(face.track, { frame: i, face });
    }
  }
}

/** Covers of the frames around, up to the next cut; where a kept face stands free it stays free. */
function spread(
  frames: readonly FacesOfFrame[],
  own: readonly (readonly Cover[])[],
  covers: Cover[][],
  keep: ReadonlySet<number>,
): void {
  for (const [i, frame] of frames.entries()) {
    for (const step of [-1, 1]) {
      for (let k = i + step; k >= 0 && k < frames.length; k += step) {
        if (Math.abs(frames[k]!.timeMs - frame.timeMs) > aroundMs) break;
        // A cut begins with the frame that carries it.
        if (step > 0 ? frames[k]!.cut : frames[k + 1]!.cut) break;
        for (const cover of own[i]!) if (needs(covers[k]!, cover, frames[k]!, keep)) covers[k]!.push(cover);
      }
    }
  }
}

/** Whether a frame is to be covered there too: not if the same track is covered already, nor over a kept face. */
function needs(
  covers: readonly Cover[],
  cover: Cover,
  { faces }: FacesOfFrame,
  keep: ReadonlySet<number>,
): boolean {
  const near = (x: number, y: number, reach: number): boolean =>
    Math.hypot(cover.cx - x, cover.cy - y) < reach * cover.rx;
  if (covers.some((other) => near(other.cx, other.cy, cover.track === other.track ? 0.5 : 0.15)))
    return false;
  return !faces.some(({ track, cx, cy }) => track !== undefined && keep.has(track) && near(cx, cy, 0.7));
}
