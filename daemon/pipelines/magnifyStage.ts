import type { Magnification } from "../../shared/protocol/magnification.ts";
import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import { blockFrames, IdealStream } from "../magnification/idealStream.ts";
import type { Frame } from "../media/frame.ts";
import type { MicroEmotionReader } from "../magnification/microEmotion.ts";
import {
  bandAt,
  FaceMagnifier,
  keepMs,
  type Candidate,
  type MagnifiedFace,
  type StillFace,
} from "./magnifyFaces.ts";
import type { Meter } from "./meter.ts";
import type { OnFaceView } from "./pipeline.ts";
import { eachInTurn, type Stage } from "./stage.ts";
import type { FeelingFace, Seen, SeeingFace } from "./seen.ts";

export interface MagnifyOptions {
  readonly magnification: Magnification;
  /** Of the clip or the source, frames a second. */
  readonly frameRate: number;
  /** Names candidates of micro-expressions; without it they have no name. */
  readonly micro?: MicroEmotionReader | undefined;
  /** Is given each face's crop as it was and magnified. */
  readonly onFaceView: OnFaceView;
}

type MagnifyStage = Stage<Seen<SeeingFace>, Seen<FeelingFace>>;

/** A face out of view is forgotten after this time. */
const forgetMs = 10_000;

/** Faces -> the same with a magnified view of each, by a filter that looks at the past only. */
export function magnifyFaces(options: MagnifyOptions, meter: Meter): MagnifyStage {
  const { magnification, frameRate } = options;
  const known = new Map<number, { magnifier: FaceMagnifier; seenMs: number }>();
  const begin = (): FaceMagnifier => new FaceMagnifier(magnification, frameRate);
  // Made once here so that a band that does not fit is refused before the first frame.
  let spare: FaceMagnifier | undefined = begin();
  return eachInTurn(async (seen) => {
    const { frame, cut } = seen;
    for (const [track, { magnifier, seenMs }] of known) {
      if (cut) magnifier.reset();
      if (frame.timeMs - seenMs > forgetMs) known.delete(track);
    }
    return show(seen, options, meter, (face) => {
      const entry = known.get(face.track) ?? { magnifier: spare ?? begin(), seenMs: frame.timeMs };
      spare = undefined;
      entry.seenMs = frame.timeMs;
      known.set(face.track, entry);
      return entry.magnifier.step(frame, face.landmarks, face.square);
    });
  });
}

/**
 * The same with the ideal zero-phase filter, for recorded clips: a frame comes out when the filter has seen what follows
 * it, at most a block of frames later, also where a face is in few of them. Only crops and pooled planes wait, about
 * 0.15 MB a frame and face.
 */
export function magnifyAhead(options: MagnifyOptions, meter: Meter): MagnifyStage {
  const { magnification, frameRate } = options;
  const begin = (): FaceAhead => new FaceAhead(magnification, frameRate);
  let spare: FaceAhead | undefined = begin();
  return async function* (input) {
    const known = new Map<number, FaceAhead>();
    const waiting: Seen<SeeingFace & { readonly waitingFace: WaitingFace }>[] = [];
    const ready = (): boolean =>
      waiting[0]?.faces.every(({ waitingFace }) => waitingFace.band !== undefined) ?? false;
    for await (const seen of input) {
      const { frame, cut } = seen;
      for (const [track, face] of known) {
        if (cut) await face.reset();
        const awayMs = frame.timeMs - face.seenMs;
        if (awayMs > keepMs) await face.finish();
        if (awayMs > forgetMs) known.delete(track);
      }
      const faces = [];
      for (const face of seen.faces) {
        const ahead = known.get(face.track) ?? spare ?? begin();
        spare = undefined;
        known.set(face.track, ahead);
        faces.push({
          ...face,
          waitingFace: await meter.time("filter", () => ahead.take(frame, face)),
        });
      }
      // The frame's own pixels are not kept: what follows looks at the crops.
      waiting.push({ ...seen, frame: { ...frame, data: new Uint8Array(0) }, faces });
      if (waiting.length > blockFrames)
        for (const { track, waitingFace } of waiting[0]!.faces)
          if (waitingFace.band === undefined) await meter.time("filter", () => known.get(track)!.advance());
      while (ready()) yield await showWaiting(waiting.shift()!);
    }
    for (const face of known.values()) await face.finish();
    for (const seen of waiting) yield await showWaiting(seen);
  };
  function showWaiting(
    seen: Seen<SeeingFace & { readonly waitingFace: WaitingFace }>,
  ): Promise<Seen<FeelingFace>> {
    return show(seen, options, meter, ({ waitingFace: { magnifier, still, band } }) =>
      magnifier.magnify(still, band),
    );
  }
}

/** A face that waits for its pass band. */
interface WaitingFace {
  readonly magnifier: FaceMagnifier;
  readonly still: StillFace;
  band?: Float32Array;
}

/** One face on its way through the ideal filter. */
class FaceAhead {
  readonly #request: Magnification;
  readonly #magnifier: FaceMagnifier;
  #stream: IdealStream;
  readonly #waitingFace: WaitingFace[] = [];
  seenMs = 0;

  /** @throws AppError `frame_rate_too_low`, `invalid_config` */
  constructor(request: Magnification, frameRate: number) {
    this.#request = request;
    this.#magnifier = new FaceMagnifier(request, frameRate);
    this.#stream = new IdealStream(bandAt(request, frameRate)!, frameRate);
  }

  async reset(): Promise<void> {
    await this.finish();
    this.#magnifier.reset();
  }

  async take(frame: Frame, { landmarks, square }: SeeingFace): Promise<WaitingFace> {
    this.seenMs = frame.timeMs;
    const still = this.#magnifier.hold(frame, landmarks, square);
    if (still.fresh || still.frameRate !== undefined) await this.finish();
    if (still.frameRate !== undefined) {
      const bandHz = bandAt(this.#request, still.frameRate);
      if (bandHz !== undefined) this.#stream = new IdealStream(bandHz, still.frameRate);
    }
    const waitingFace: WaitingFace = { magnifier: this.#magnifier, still };
    this.#waitingFace.push(waitingFace);
    this.#give(await this.#stream.push(this.#magnifier.pool(still)));
    return waitingFace;
  }

  /** Gives the older half of those that wait their pass band. */
  async advance(): Promise<void> {
    this.#give(await this.#stream.advance());
  }

  /** Gives every face its pass band: nothing that follows belongs to them. */
  async finish(): Promise<void> {
    this.#give(await this.#stream.finish());
  }

  #give(bands: readonly Float32Array[]): void {
    for (const band of bands) this.#waitingFace.shift()!.band = band;
  }
}

/** Magnifies the faces of a frame one after another, and hands out their crops. */
async function show<Face extends SeeingFace>(
  seen: Seen<Face>,
  { onFaceView, micro }: MagnifyOptions,
  meter: Meter,
  magnify: (face: Face) => MagnifiedFace,
): Promise<Seen<FeelingFace>> {
  const events: AnalysisEvent[] = [];
  const faces: FeelingFace[] = [];
  for (const face of seen.faces) {
    const made = await meter.time("magnify", () => Promise.resolve(magnify(face)));
    const { alpha, clamped, displacementPx, frame: picture } = made.magnified;
    await meter.time("store", () => onFaceView(face.track, made.original, picture));
    for (const candidate of made.candidates)
      events.push({ ...(await meter.time("name", () => named(candidate, micro))), track: face.track });
    faces.push({
      ...face,
      view: { picture, square: made.square },
      magnification: { alpha, clamped, displacementPx },
    });
  }
  return { ...seen, faces, events };
}

async function named(
  { event, movement }: Candidate,
  micro: MicroEmotionReader | undefined,
): Promise<AnalysisEvent> {
  return movement && micro ? { ...event, emotion: await micro.read(movement) } : event;
}
