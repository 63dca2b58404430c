import { compoundScores } from "../../shared/emotion/compound.ts";
import { fusedLabels } from "../../shared/emotion/labels.ts";
import {
  createMicroEmotionReader,
  type MicroEmotion,
  type MicroEmotionReader,
  type MicroMovement,
} from "../magnification/microEmotion.ts";
import type { Model } from "../inference/models.ts";
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
  const network = networks["micro-expression"];
  const micro = network && new CountedReader(createMicroEmotionReader(network));
  const magnify = magnification.filter === "ideal" ? magnifyAhead : magnifyFaces;
  const readFaces = pipe(
    seeFaces(networks, options, meter),
    magnify({ magnification, frameRate, micro, onFaceView }, meter),
    // A magnified picture is good until the next one.
    readEmotions(networks, { ...options, timing: { framesAhead: 0, framesTogether: 1 } }, meter),
    readCompound(),
    describeFrames,
    timing.align(options.emotionSmoothingMs),
  );
  return {
    moments: async function* ({ frames }) {
      for await (const frame of readFaces(frames)) yield { frame };
    },
    finish: () => {
      const read = pulses?.finish();
      return {
        tracks: new Map(Array.from(read ?? [], ([track, pulse]) => [track, { pulse }])),
        notes: [
          ...(read ? pulseNotes(read) : []),
          ...(network && micro ? microNotes(micro.count, network) : []),
        ],
      };
    },
  };
});

/** Counts what it has named. */
class CountedReader implements MicroEmotionReader {
  readonly #reader: MicroEmotionReader;
  count = 0;

  constructor(reader: MicroEmotionReader) {
    this.#reader = reader;
  }

  read(movement: MicroMovement): Promise<MicroEmotion> {
    this.count++;
    return this.#reader.read(movement);
  }
}

/** What a reader of named candidates should know. */
function microNotes(count: number, { entry }: Model): string[] {
  if (count === 0) return [];
  const those =
    count === 1 ? "One micro-expression candidate was" : `${count} micro-expression candidates were`;
  return [
    `${those} named negative, positive or surprise by ${entry.id}. It says which of the three a movement would be, not whether it is one: a blink or a word gets a name too. Look at each.`,
  ];
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
