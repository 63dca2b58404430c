import { compoundScores } from "../../shared/emotion/compound.ts";
import { fusedLabels } from "../../shared/emotion/labels.ts";
import type { Magnification } from "../../shared/protocol/analysisConfig.ts";
import type { Frame } from "../media/frame.ts";
import { FaceMagnifier } from "./magnifyFaces.ts";
import type { Meter } from "./meter.ts";
import { eachInTurn, type Stage } from "./stage.ts";
import {
  describe,
  readEmotions,
  seeFaces,
  type FeelingFace,
  type Seen,
  type SeeingFace,
  type VisualFrame,
  type VisualNetworks,
  type VisualOptions,
} from "./visual.ts";

export interface EvmOptions extends VisualOptions {
  readonly magnification: Magnification;
  /** Of the clip or the source, frames a second. */
  readonly frameRate: number;
  /** Is given each face's crop as it was and magnified; both buffers are free again when it has answered. */
  readonly onCrops: (track: number, original: Frame, magnified: Frame) => Promise<void>;
}

/**
 * The EVM pipeline (thesis, figure of pipeline 1): faces are followed, each one's stabilised crop is magnified, and the
 * emotion is read from the magnified crop.
 * @throws AppError `frame_rate_too_low`, `invalid_config` at once when the band does not fit
 */
export function evm(networks: VisualNetworks, options: EvmOptions, meter: Meter): Stage<Frame, VisualFrame> {
  const see = seeFaces(networks, options, meter);
  const magnify = magnifyFaces(options, meter);
  const feel = readEmotions(networks, options, meter);
  const compound = readCompound();
  return (frames) => describe(compound(feel(magnify(see(frames)))));
}

/** A face out of view is forgotten after this time. */
const forgetMs = 10_000;

/** Faces -> the same with a magnified view of each. */
function magnifyFaces(
  { magnification, frameRate, onCrops }: EvmOptions,
  meter: Meter,
): Stage<Seen<SeeingFace>, Seen<FeelingFace>> {
  const known = new Map<number, { magnifier: FaceMagnifier; seenMs: number }>();
  const begin = (): FaceMagnifier => new FaceMagnifier(magnification, frameRate);
  // Made once here so that a band that does not fit is refused before the first frame.
  let spare: FaceMagnifier | undefined = begin();
  return eachInTurn(async (seen) => {
    const { frame, cut, faces } = seen;
    for (const [track, { magnifier, seenMs }] of known) {
      if (cut) magnifier.reset();
      if (frame.timeMs - seenMs > forgetMs) known.delete(track);
    }
    const events = [];
    const magnified: FeelingFace[] = [];
    for (const face of faces) {
      const entry = known.get(face.track) ?? { magnifier: spare ?? begin(), seenMs: frame.timeMs };
      spare = undefined;
      entry.seenMs = frame.timeMs;
      known.set(face.track, entry);
      const made = await meter.time("magnify", () =>
        Promise.resolve(entry.magnifier.step(frame, face.landmarks, face.square)),
      );
      const { alpha, clamped, displacementPx, frame: picture } = made.magnified;
      await meter.time("store", () => onCrops(face.track, made.original, picture));
      events.push(...made.events.map((event) => ({ ...event, track: face.track })));
      magnified.push({
        ...face,
        view: { picture, square: made.square },
        magnification: { alpha, clamped, displacementPx },
      });
    }
    return { ...seen, faces: magnified, events };
  });
}

/** Adds the likeliest compound emotion, from the seven basic ones renormalised. */
function readCompound(): Stage<Seen<FeelingFace>, Seen<FeelingFace>> {
  return eachInTurn((seen) => ({
    ...seen,
    faces: seen.faces.map((face) => {
      if (face.emotion === undefined) return face;
      const emotion = face.emotion;
      const sum = fusedLabels.reduce((total, label) => total + emotion[label], 0) || 1;
      const basic = Object.fromEntries(fusedLabels.map((label) => [label, emotion[label] / sum]));
      return { ...face, compound: compoundScores(basic as Record<(typeof fusedLabels)[number], number>)[0]! };
    }),
  }));
}
