import { clusterBootstrap, quantile, type Interval } from "../../shared/stats/intervals.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { counted } from "../../shared/text/counted.ts";
import { AppError } from "../../shared/errors.ts";
import type { Model } from "../inference/models.ts";
import { decodeAudio } from "../media/decodeAudio.ts";
import { probeMedia } from "../media/probe.ts";
import { VoiceActivity } from "../speech/activity.ts";
import { createSpeakerReader, type SpeakerReader } from "../speech/speaker.ts";
import { VoicePrints } from "../speech/voicePrints.ts";
import { readClassSet } from "./classSet.ts";
import { readEach, type EvaluationContext } from "./dataset.ts";

/**
 * Measures a network that tells voices apart on a set of recordings whose labels are speakers: every pair of recordings is the same
 * person or not. The equal error rate is where as many same ones are missed as different ones taken for the same.
 *
 * @throws AppError `not_enough_data` where fewer than two people are heard, or nobody twice
 */
export async function evaluateSpeakers(
  folder: string,
  speaker: Model,
  voice: Model,
  context: EvaluationContext,
) {
  const files = await readClassSet(folder, undefined);
  const reader = createSpeakerReader(speaker);
  const measured = await readEach(files, ({ file }) => voiceOf(file, reader, voice, context), context);
  const heard = measured.read.flatMap(({ file, value }) => (value ? [{ speaker: file.label, value }] : []));
  const pairs = [...pairsOf(heard, true), ...pairsOf(heard, false)];
  const rate = (chosen: readonly number[]): number | undefined => equalError(chosen.map((i) => pairs[i]!));
  const eer = rate([...pairs.keys()]);
  if (eer === undefined)
    throw new AppError(
      "not_enough_data",
      "Two people have to be heard, and one of them twice. Add recordings to the set.",
    );
  const people = new Set(heard.map((one) => one.speaker)).size;
  const interval: Interval = clusterBootstrap(
    rate,
    pairs.map((one) => one.speaker),
    { draws: 200 },
  );
  const missed = measured.read.length - heard.length;
  return {
    n: measured.read.length,
    missed,
    ...{ speakers: people, pairs: pairs.length, eer, interval },
    notes:
      missed === 0
        ? []
        : [
            `${counted(missed, "recording")} with less than ${reader.leastSeconds} s of voice in one piece: left out.`,
          ],
    unreadable: measured.unreadable,
  };
}

interface Heard {
  readonly speaker: string;
  readonly value: Float32Array;
}
interface Pair {
  /** Of the first recording. */
  readonly speaker: string;
  readonly same: boolean;
  readonly likeness: number;
}

/** More pairs than this of a kind tell nothing more: they are drawn. */
const mostPairs = 20_000;

function pairsOf(heard: readonly Heard[], same: boolean): Pair[] {
  const there = heard.flatMap((a, i) =>
    heard.flatMap((b, k) => (k < i && (a.speaker === b.speaker) === same ? [[i, k] as const] : [])),
  );
  const random = seededRandom(1);
  const chosen = there.length <= mostPairs ? there : there.filter(() => random() < mostPairs / there.length);
  return chosen.map(([i, k]) => {
    const [a, b] = [heard[i]!, heard[k]!];
    return { speaker: a.speaker, same, likeness: a.value.reduce((sum, x, d) => sum + x * b.value[d]!, 0) };
  });
}

/** The mean direction of a recording's pieces of voice; undefined where there is too little. */
async function voiceOf(
  file: string,
  reader: SpeakerReader,
  voice: Model,
  { ffmpeg, signal }: EvaluationContext,
): Promise<Float32Array | undefined> {
  const { sampleRateHz } = reader;
  const activity = new VoiceActivity(voice);
  const prints = new VoicePrints(reader);
  const info = await probeMedia(file, { ffmpeg, signal });
  for await (const { samples } of decodeAudio(file, info, { sampleRateHz, ffmpeg, signal }))
    await prints.hear(samples, await activity.next(samples));
  await prints.hear(new Float32Array(), await activity.finish());
  await prints.finish();
  const [first] = prints.prints;
  if (first === undefined) return undefined;
  const sum = new Float32Array(first.embedding.length);
  for (const { embedding } of prints.prints) embedding.forEach((x, d) => (sum[d]! += x));
  const length = Math.hypot(...sum);
  return sum.map((x) => x / length);
}

/** undefined without pairs of both kinds. */
function equalError(pairs: readonly Pair[]): number | undefined {
  const same = Float64Array.from(
    pairs.filter((one) => one.same),
    (one) => one.likeness,
  ).sort();
  const other = Float64Array.from(
    pairs.filter((one) => !one.same),
    (one) => one.likeness,
  ).sort();
  if (same.length === 0 || other.length === 0) return undefined;
  // Both shares change in steps: between the limits where one overtakes the other, their mean is the rate.
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const share = (low + high) / 2;
    if (quantile(same, share) < quantile(other, 1 - share)) low = share;
    else high = share;
  }
  return (low + high) / 2;
}
