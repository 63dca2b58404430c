import { angleBetweenDeg } from "../../shared/gaze/angles.ts";
import type { Track } from "../../shared/protocol/results.ts";
import type { FrameStore, OverlayFace } from "./frameStore.ts";
import type { FacePair } from "./matchFaces.ts";

/** Eyes and gaze of one face in two results. */
export interface ComparedBehaviour {
  readonly blinks: readonly [number | undefined, number | undefined];
  readonly blinksPerMinute: readonly [number | undefined, number | undefined];
  /** Over the frames in which both results have the face's gaze; absent where there are none. */
  readonly gaze?: {
    readonly frames: number;
    /** Share of those frames in which it points away. */
    readonly away: readonly [number, number];
    /** Share in which both say the same of that. */
    readonly sameAway: number;
    /** Mean angle between the two directions, degrees. */
    readonly apartDeg: number;
  };
}

interface Behaved {
  readonly frames: FrameStore;
  readonly tracks: readonly Track[];
}

/** Compares what two results of one clip say of the eyes of a face that both have. */
export function compareBehaviour(first: Behaved, second: Behaved, pair: FacePair): ComparedBehaviour {
  const tracks = [
    first.tracks.find(({ id }) => id === pair.first),
    second.tracks.find(({ id }) => id === pair.second),
  ] as const;
  const sums = { frames: 0, away: [0, 0] as [number, number], same: 0, apartDeg: 0 };
  for (let frame = 0; frame < first.frames.length; frame++) {
    const one = gazeOf(first.frames.facesOf(frame), pair.first);
    if (one === undefined) continue;
    const at = second.frames.frameAt(first.frames.timeOf(frame));
    const other = gazeOf(second.frames.facesOf(at), pair.second);
    if (other === undefined) continue;
    sums.frames++;
    sums.away[0] += Number(one.away);
    sums.away[1] += Number(other.away);
    sums.same += Number(one.away === other.away);
    sums.apartDeg += angleBetweenDeg(one, other);
  }
  const { frames, away, same, apartDeg } = sums;
  return {
    blinks: [tracks[0]?.blinks, tracks[1]?.blinks],
    blinksPerMinute: [tracks[0]?.blinksPerMinute, tracks[1]?.blinksPerMinute],
    ...(frames > 0 && {
      gaze: {
        frames,
        away: [away[0] / frames, away[1] / frames],
        sameAway: same / frames,
        apartDeg: apartDeg / frames,
      },
    }),
  };
}

type Gaze = NonNullable<OverlayFace["gaze"]>;

const gazeOf = (faces: readonly OverlayFace[], track: number): Gaze | undefined =>
  faces.find((face) => face.track === track && !face.lowQuality)?.gaze;
