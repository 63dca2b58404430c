import type { Model } from "../inference/models.ts";
import { alignEmotions } from "./align.ts";
import { Fuser, type FuseOptions, type Fusing } from "./fuse.ts";
import { RecordedFuser } from "./fuseRecorded.ts";
import { asTheyCome, inOrder, type Join } from "./join.ts";
import type { Meter } from "./meter.ts";
import type { VisualFrame } from "./seen.ts";
import type { Stage } from "./stage.ts";

/** All that differs between a clip and a live source: their stages are the same. */
export interface Timing {
  /** See {@link AheadOptions}. */
  readonly framesAhead: number;
  /** See {@link AheadOptions}. */
  readonly framesTogether: number;
  /** In which order pictures and sound are taken. */
  readonly join: Join;
  /** Takes the lag of the smoothing out of the faces' emotions, where it can. */
  readonly align: (lagMs: number) => Stage<VisualFrame, VisualFrame>;
  readonly createFuser: (man: Model, meter: Meter, options: FuseOptions) => Fusing;
}

/**
 * A clip: what comes later is known. Frames are followed while the eyes of earlier ones are read and the expressions of
 * still earlier ones, four frames in a run of a network: fewer messages between threads.
 */
export const recorded: Timing = Object.freeze({
  framesAhead: 4,
  framesTogether: 4,
  join: inOrder,
  align: alignEmotions,
  createFuser: (man: Model, meter: Meter, options: FuseOptions) => new RecordedFuser(man, meter, options),
});

/** A clip whose networks run on an accelerator, which gains little by a run of few pictures. */
export const recordedTogether: Timing = Object.freeze({ ...recorded, framesAhead: 8, framesTogether: 8 });

/** A live source: nothing waits for what comes later. */
export const live: Timing = Object.freeze({
  framesAhead: 0,
  framesTogether: 1,
  join: asTheyCome,
  align: () => (frames: AsyncIterable<VisualFrame>) => frames,
  createFuser: (man: Model, meter: Meter, options: FuseOptions) => new Fuser(man, meter, options),
});
