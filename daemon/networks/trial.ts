import { expressionLabels, speechLabels } from "../../shared/emotion/labels.ts";
import type { Task } from "../../shared/protocol/models.ts";
import { createAvatarJudge } from "../avatar/judge.ts";
import { createAggregator } from "../fusion/aggregator.ts";
import type { Model } from "../inference/models.ts";
import { createMicroEmotionReader } from "../magnification/microEmotion.ts";
import type { Frame } from "../media/frame.ts";
import { VoiceActivity } from "../speech/activity.ts";
import { createSpeechReader } from "../speech/emotion.ts";
import { createSpeakerReader } from "../speech/speaker.ts";
import { createBlendShapeReader } from "../vision/blendShapes.ts";
import { createDetector } from "../vision/detect.ts";
import { createEmotionReader } from "../vision/emotion.ts";
import { createExpressionReader } from "../vision/expression.ts";
import { createEyeStateReader } from "../vision/eyes.ts";
import { createFaceLikenessReader } from "../vision/faceLikeness.ts";
import { createGazeReader } from "../vision/gaze.ts";
import { createLandmarker } from "../vision/landmarks.ts";

/** A grey frame with some structure, and where a face would sit in it. */
const frame: Frame = {
  ...{ index: 0, timeMs: 0, width: 320, height: 240, matrix: "bt709", fullRange: false },
  data: Uint8Array.from({ length: 320 * 240 * 1.5 }, (_, i) =>
    i < 320 * 240 ? 16 + ((7 * (i % 320) + 3 * Math.floor(i / 320)) % 220) : 128,
  ),
};
const square = { cx: 160, cy: 120, side: 120, roll: 0 };
/** 68 points on a ring: eyes have a width, nothing more is wanted of them. */
const landmarks = Float64Array.from({ length: 136 }, (_, i) => {
  const angle = (Math.floor(i / 2) * 2 * Math.PI) / 68;
  return i % 2 === 0 ? 160 + 60 * Math.cos(angle) : 120 + 60 * Math.sin(angle);
});
const faces = [
  { picture: frame, landmarks, square, roll: 0 },
  { picture: frame, landmarks, square, roll: 0.1 },
];
const even = <Label extends string>(labels: readonly Label[]) =>
  Object.fromEntries(labels.map((label) => [label, 1 / labels.length])) as Record<Label, number>;
const eye = { open: 0.9, ear: 0.3, gaze: { pitchDeg: 1, yawDeg: 2 } };

/** Each task read by the product's own reader, once. */
const trials: Readonly<Record<Task, (model: Model) => Promise<unknown>>> = {
  face: (model) => createDetector(model).detect(frame),
  landmarks: async (model) => {
    const readings = await createLandmarker(model).read(frame, [square, square]);
    return readings.map((reading) => ({ points: [...reading.landmarks], presence: reading.presence }));
  },
  "eye-state": (model) => createEyeStateReader(model).read(faces),
  gaze: (model) => createGazeReader(model).read(faces),
  expression: (model) => createExpressionReader(model).read(faces),
  voice: async (model) => {
    const voice = new VoiceActivity(model);
    return voice.next(noise(voice.sampleRateHz));
  },
  speech: async (model) => {
    const reader = createSpeechReader(model);
    return reader.readSegment(noise(Math.round(reader.sampleRateHz * reader.segmentSeconds)));
  },
  speaker: async (model) => {
    const reader = createSpeakerReader(model);
    return [...(await reader.read(noise(Math.round(reader.sampleRateHz * reader.windowSeconds))))];
  },
  eec: (model) =>
    createEmotionReader(model).read([
      { expression: even(expressionLabels), eyes: { right: eye, left: eye } },
      { expression: even(expressionLabels), eyes: { right: eye, left: eye } },
    ]),
  man: (model) =>
    createAggregator(model).fuse([
      { face: even(expressionLabels), speech: even(speechLabels) },
      { face: even(expressionLabels) },
    ]),
  "blend-shapes": async (model) =>
    (await createBlendShapeReader(model).read(frame, [{ landmarks, square }])).map((weights) => [...weights]),
  "avatar-emotion": (model) =>
    createAvatarJudge(model).read([{ size: 128, rgb: new Uint8Array(3 * 128 * 128).fill(90) }]),
  "animation-source": runAsDeclared,
  animation: runAsDeclared,
  "micro-expression": async (model) => {
    const movement = { onset: frame, apex: frame, box: [0.2, 0.2, 0.8, 0.8] as const };
    return (await createMicroEmotionReader(model).read(movement)).confidence;
  },
  "face-likeness": async (model) => [...(await createFaceLikenessReader(model).read(frame, landmarks))],
};

/** What a network answers to one of each of its inputs, all 0. */
async function runAsDeclared(model: Model): Promise<unknown> {
  const outputs = await model.run(
    Object.fromEntries(
      model.entry.inputs.map(({ name, shape }) => {
        const sizes = shape.map((size) => (typeof size === "number" ? size : 1));
        return [name, { data: new Float32Array(sizes.reduce((a, b) => a * b, 1)), shape: sizes }];
      }),
    ),
  );
  return Object.values(outputs).map(({ data }) => [...data]);
}

/** A second of a quiet tone, or as many samples. */
function noise(samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => 0.1 * Math.sin(i / 7) * Math.sin(i / 911));
}

/**
 * Has a network read something by the reader that its task has in the product, which refuses what it cannot read.
 * @returns why its answer cannot be used, undefined when it can
 * @throws AppError `model_refused`, `model_failed`
 */
export async function tryReader(model: Model): Promise<string | undefined> {
  const answer = await trials[model.entry.task](model);
  const wrong = firstUnreal(answer, "the answer");
  return wrong && `On a test picture or sound ${wrong} is no number.`;
}

/** Where an answer holds something else than a number. */
function firstUnreal(value: unknown, at: string): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : at;
  if (value === undefined || value === null) return at;
  if (typeof value !== "object") return undefined;
  for (const [key, part] of Object.entries(value)) {
    const found = firstUnreal(part, `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
