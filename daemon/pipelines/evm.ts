import { compoundScores } from "../../shared/emotion/compound.ts";
import { fusedLabels } from "../../shared/emotion/labels.ts";
import { chooseBand } from "../magnification/presets.ts";
import { magnifyAhead, magnifyFaces } from "./magnifyStage.ts";
import { definePipeline, type OnFaceView } from "./pipeline.ts";
import { pulseNotes, Pulses } from "./pulses.ts";
import type { FeelingFace, Seen } from "./seen.ts";
import { eachInTurn, pipe, type Stage } from "./stage.ts";
import { describeFrames, readEmotions, seeFaces } from "./visual.ts";

/**
 * The EVM pipeline (thesis, figure of pipeline 1): faces are followed, each one's stabilised crop is magnified, and the
 * emotion is read from the magnified crop.
 */
export const evm = definePipeline("evm", (networks, options, meter) => {
  const { magnification, frameRate, timing } = options;
  const pulses =
    magnification.preset === "pulse" ? new Pulses(chooseBand(magnification, frameRate)) : undefined;
  const onFaceView: OnFaceView = (track, original, shown) => {
    pulses?.push(track, original);
    return options.onFaceView(track, original, shown);
  };
  const magnify = magnification.filter === "ideal" ? magnifyAhead : magnifyFaces;
  const readFaces = pipe(
    seeFaces(networks, options, meter),
    magnify({ magnification, frameRate, onFaceView }, meter),
    readEmotions(networks, options, meter),
    readCompound(),
    describeFrames,
    timing.align(options.emotionSmoothingMs),
  );
  return {
    moments: async function* ({ frames }) {
      for await (const frame of readFaces(frames)) yield { frame };
    },
    ...(pulses && {
      finish: () => {
        const read = pulses.finish();
        return {
          tracks: new Map(Array.from(read, ([track, pulse]) => [track, { pulse }])),
          notes: pulseNotes(read),
        };
      },
    }),
  };
});

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
