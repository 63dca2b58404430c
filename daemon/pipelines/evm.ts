import { compoundScores } from "../../shared/emotion/compound.ts";
import { fusedLabels } from "../../shared/emotion/labels.ts";
import type { Frame } from "../media/frame.ts";
import { magnifyAhead, magnifyFaces, type MagnifyOptions } from "./magnifyStage.ts";
import type { Meter } from "./meter.ts";
import type { VisualNetworks } from "./networks.ts";
import { eachInTurn, type Stage } from "./stage.ts";
import {
  describe,
  readEmotions,
  seeFaces,
  type FeelingFace,
  type Seen,
  type VisualFrame,
  type VisualOptions,
} from "./visual.ts";

export type EvmOptions = VisualOptions & MagnifyOptions;

/**
 * The EVM pipeline (thesis, figure of pipeline 1): faces are followed, each one's stabilised crop is magnified, and the
 * emotion is read from the magnified crop.
 * @throws AppError `frame_rate_too_low`, `invalid_config` at once when the band does not fit
 */
export function evm(networks: VisualNetworks, options: EvmOptions, meter: Meter): Stage<Frame, VisualFrame> {
  const see = seeFaces(networks, options, meter);
  const magnify = (options.magnification.filter === "ideal" ? magnifyAhead : magnifyFaces)(options, meter);
  const feel = readEmotions(networks, options, meter);
  const compound = readCompound();
  return (frames) => describe(compound(feel(magnify(see(frames)))));
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
