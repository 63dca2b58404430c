import * as z from "zod";
import { speechLabels, type SpeechLabel } from "../../shared/emotion/labels.ts";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import type { Tensor } from "../inference/session.ts";
import { cutFrames, logMel, speechSpan } from "./logMel.ts";
import { mfcc } from "./mfcc.ts";
import type { Spectrogram } from "./powerSpectrum.ts";

export type SpeechProbabilities = Record<SpeechLabel, number>;

/** What every network of the task says of the sound that it takes. */
const soundSchema = z.object({
  sampleRateHz: z.int().positive(),
  /** Length that the network was made for, and step between windows of a long recording. */
  segmentSeconds: z.number().positive(),
  segmentHopSeconds: z.number().positive(),
});

/** A network that takes sound as it is, [n, samples]: its features are inside the graph. Names are those of manifests. */
const soundNetworkSchema = soundSchema.extend({
  feature: z.literal("sound"),
  /** Shorter sound is followed by silence; a longer clip is heard in parts, whose answers are averaged by length. */
  leastSeconds: z.number().positive(),
  mostSeconds: z.number().positive(),
});

const featureNetworkSchema = soundSchema.extend({
  feature: z.enum(["logmel", "mfcc"]),
  window: z.literal("hamming"),
  melScale: z.literal("htk"),
  windowSamples: z.int().positive(),
  hopSamples: z.int().positive(),
  fftSize: z.int().positive(),
  mels: z.int().positive(),
  lowHz: z.number().min(0),
  highHz: z.number().positive(),
  topDb: z.number().positive(),
  /** Frames at either end that are this much under the loudest are cut off; 0 keeps all. */
  trimDb: z.number().min(0),
  mfcc: z.int().min(0),
  /** Where the segment of a whole clip begins, for a network of fixed length. */
  offsetSeconds: z.number().min(0).default(0),
  leastFrames: z.int().positive().default(1),
});
type FeatureSettings = z.infer<typeof featureNetworkSchema>;
const settingsSchema = z.discriminatedUnion("feature", [soundNetworkSchema, featureNetworkSchema]);

export interface SpeechReader {
  readonly sampleRateHz: number;
  readonly segmentSeconds: number;
  readonly segmentHopSeconds: number;
  /** The emotion of one segment of sound, as it is: mono, -1..1, at {@link sampleRateHz}. */
  readSegment(sound: Float32Array): Promise<SpeechProbabilities>;
  /**
   * The emotion of a whole clip, as the network was measured: all of it for a network of any length (in parts where it is
   * longer than the network takes), `segmentSeconds` from the network's offset on for one of fixed length.
   */
  readClip(sound: Float32Array): Promise<SpeechProbabilities>;
}

/** Emotions of voices by a network of the task `speech`. */
export function createSpeechReader(model: Model): SpeechReader {
  const settings = readPreprocessing(model.entry, settingsSchema);
  const { sampleRateHz, segmentSeconds, segmentHopSeconds } = settings;
  const input = model.entry.inputs[0]!;
  const output = model.entry.outputs[0]!.name;
  const order = speechLabels.map((label) => model.entry.labels.indexOf(label));
  const { minSamples, maxSamples, wholeClip, offset, tensorOf } =
    settings.feature === "sound" ? soundInput(settings) : featureInput(settings, input.shape);

  async function readSegment(sound: Float32Array): Promise<SpeechProbabilities> {
    const heard = padded(sound.subarray(0, maxSamples), minSamples);
    const values = (await model.run({ [input.name]: tensorOf(heard) }))[output]!.data;
    return Object.fromEntries(
      speechLabels.map((label, i) => [label, order[i]! < 0 ? 0 : values[order[i]!]!]),
    ) as SpeechProbabilities;
  }

  return {
    sampleRateHz,
    segmentSeconds,
    segmentHopSeconds,
    readSegment,
    async readClip(sound) {
      // Of a clip that ends before its segment would, the end is heard.
      if (wholeClip)
        return readSegment(sound.subarray(Math.max(0, Math.min(offset, sound.length - minSamples))));
      const parts = partsOf(sound.length, maxSamples);
      const read: SpeechProbabilities[] = [];
      for (const [start, end] of parts) read.push(await readSegment(sound.subarray(start, end)));
      return weightedMean(
        read,
        parts.map(([start, end]) => end - start),
      );
    },
  };
}

/** The parts that a sound is heard in, samples: as few as `maxSamples` allows, of one length. */
function partsOf(samples: number, maxSamples: number): [start: number, end: number][] {
  const count = Math.max(1, Math.ceil(samples / maxSamples));
  return Array.from({ length: count }, (_, i) => [
    Math.round((i * samples) / count),
    Math.round(((i + 1) * samples) / count),
  ]);
}

function weightedMean(read: readonly SpeechProbabilities[], weights: readonly number[]): SpeechProbabilities {
  const total = weights.reduce((a, b) => a + b, 0);
  const mean = (label: SpeechLabel) =>
    total === 0 ? read[0]![label] : read.reduce((sum, p, i) => sum + p[label] * weights[i]!, 0) / total;
  return Object.fromEntries(speechLabels.map((label) => [label, mean(label)])) as SpeechProbabilities;
}

/** How sound becomes the network's input; lengths in samples. */
interface SoundInput {
  readonly minSamples: number;
  readonly maxSamples: number;
  /** A clip is heard at once, as far as `maxSamples`; else in parts, each no longer than that. */
  readonly wholeClip: boolean;
  /** Where a whole clip is read from. */
  readonly offset: number;
  readonly tensorOf: (sound: Float32Array) => Tensor;
}

function soundInput({
  sampleRateHz,
  leastSeconds,
  mostSeconds,
}: z.infer<typeof soundNetworkSchema>): SoundInput {
  return {
    minSamples: Math.round(leastSeconds * sampleRateHz),
    maxSamples: Math.round(mostSeconds * sampleRateHz),
    wholeClip: false,
    offset: 0,
    tensorOf: (sound) => ({ data: sound.slice(), shape: [1, sound.length] }),
  };
}

function featureInput(settings: FeatureSettings, shape: readonly (number | string)[]): SoundInput {
  const { sampleRateHz, segmentSeconds, offsetSeconds, leastFrames, hopSamples } = settings;
  // A network of fixed length takes exactly one segment.
  const fixed = typeof shape[2] === "number";
  const segment = Math.round(segmentSeconds * sampleRateHz);
  return {
    minSamples: fixed ? segment : leastFrames * hopSamples,
    maxSamples: fixed ? segment : Infinity,
    wholeClip: true,
    offset: fixed ? Math.round(offsetSeconds * sampleRateHz) : 0,
    tensorOf: (sound) => {
      const { bands, frames, data } = featuresOf(sound, settings);
      return { data, shape: [1, bands, frames] };
    },
  };
}

function featuresOf(sound: Float32Array, settings: FeatureSettings): Spectrogram {
  const features = settings.feature === "mfcc" ? mfcc(sound, settings) : logMel(sound, settings);
  if (settings.trimDb === 0) return features;
  const [first, end] = speechSpan(features, settings.trimDb);
  const { leastFrames } = settings;
  if (end - first >= leastFrames) return cutFrames(features, first, end);
  // A click is shorter than the network takes: frames around it are kept.
  const around = (first + end - leastFrames) >> 1;
  const start = Math.max(0, Math.min(around, features.frames - leastFrames));
  return cutFrames(features, start, start + leastFrames);
}

/** The sound, followed by silence up to `samples`. */
function padded(sound: Float32Array, samples: number): Float32Array {
  if (sound.length >= samples) return sound;
  const out = new Float32Array(samples);
  out.set(sound);
  return out;
}
