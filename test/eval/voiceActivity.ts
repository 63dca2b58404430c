// How well voice is told from its absence: tsx test/eval/voiceActivity.ts DATA > FIGURES.json
// DATA holds ravdess/Actor_NN/*.flac. Prints the figures of models/vad-silero/card.md.
import { readdir } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { VoiceActivity } from "../../daemon/speech/activity.ts";
import { clusterBootstrap, quantile } from "../../shared/stats/intervals.ts";
import { normal, seededRandom } from "../../shared/stats/random.ts";
import { openProductModels } from "../support/productModels.ts";
import { joined, wholeSound } from "../support/wholeSound.ts";

const rate = 16_000;
const windowSamples = 512;
const clipsPerSpeaker = 12;
const gapS = 1.5;
/** A window is voice within this of the clip's loud windows; shorter pauses belong to the voice. */
const voiceDb = 30;
const pauseWindows = 6;
/** Level to which the voice of each clip is brought before noise is added, dB of full scale. */
const evenDb = -26;

const [data] = process.argv.slice(2);
if (data === undefined) throw new Error("Name the folder that holds ravdess/.");
const model = await (await openProductModels()).load("voice");
const random = seededRandom(1);

interface Speaker {
  readonly name: string;
  readonly sound: Float32Array;
  /** The same with all clips' voices at -26 dB. */
  readonly even: Float32Array;
  readonly truth: readonly boolean[];
}
interface Counts {
  readonly speaker: string;
  readonly hits: number;
  readonly alarms: number;
  readonly misses: number;
}

/** Level of each window, dB. */
function levels(sound: Float32Array): number[] {
  return Array.from({ length: Math.floor(sound.length / windowSamples) }, (_, i) => {
    const window = sound.subarray(i * windowSamples, (i + 1) * windowSamples);
    return 10 * Math.log10(window.reduce((sum, x) => sum + x * x, 0) / windowSamples + 1e-12);
  });
}

function truthOf(sound: Float32Array): boolean[] {
  const heard = levels(sound);
  const limit = quantile(heard, 0.95) - voiceDb;
  const voice = heard.map((level) => level > limit);
  let last = -Infinity;
  for (let i = 0; i < voice.length; i++) {
    if (!voice[i]) continue;
    if (i - last - 1 <= pauseWindows) voice.fill(true, Math.max(0, last), i);
    last = i;
  }
  return voice;
}

async function readSpeaker(folder: string): Promise<Speaker> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".flac")).sort();
  const step = Math.max(1, Math.floor(files.length / clipsPerSpeaker));
  const chosen = files.filter((_, i) => i % step === 0).slice(0, clipsPerSpeaker);
  const gap = new Float32Array(Math.round((gapS * rate) / windowSamples) * windowSamples);
  const sounds: Float32Array[] = [gap];
  const even: Float32Array[] = [gap];
  const truth: boolean[] = levels(gap).map(() => false);
  for (const file of chosen) {
    const whole = await wholeSound(path.join(folder, file), rate);
    const sound = whole.subarray(0, whole.length - (whole.length % windowSamples));
    const voice = truthOf(sound);
    const scale = Math.sqrt(10 ** (evenDb / 10) / power(sound, (i) => voice[i] === true));
    sounds.push(sound, gap);
    even.push(
      sound.map((x) => Math.max(-1, Math.min(1, scale * x))),
      gap,
    );
    truth.push(...voice, ...levels(gap).map(() => false));
  }
  return { name: path.basename(folder), sound: joined(sounds), even: joined(even), truth };
}

const white = (length: number) => new Float32Array(length).map(() => normal(random));

/** Paul Kellet's filter: 3 dB less an octave. */
function pink(length: number): Float32Array {
  const b = [0, 0, 0];
  return white(length).map((x) => {
    b[0] = 0.99765 * b[0]! + x * 0.099046;
    b[1] = 0.963 * b[1]! + x * 0.2965164;
    b[2] = 0.57 * b[2]! + x * 1.0526913;
    return b[0] + b[1] + b[2] + x * 0.1848;
  });
}

const power = (sound: Float32Array, keep: (window: number) => boolean): number => {
  let [sum, n] = [0, 0];
  sound.forEach((x, i) => {
    if (!keep(Math.floor(i / windowSamples))) return;
    sum += x * x;
    n++;
  });
  return sum / Math.max(1, n);
};

/** The speaker, all clips equally loud, with `noise` so many dB under the voice's power. */
function mixed({ even: sound, truth }: Speaker, noise: Float32Array, snrDb: number): Float32Array {
  const scale = Math.sqrt(
    power(sound, (i) => truth[i] === true) / (power(noise, () => true) * 10 ** (snrDb / 10)),
  );
  return sound.map((x, i) => Math.max(-1, Math.min(1, x + scale * noise[i]!)));
}

/** Probability of voice of each window. */
async function probabilities(sound: Float32Array): Promise<number[]> {
  const activity = new VoiceActivity(model);
  const heard: number[] = [];
  for (let at = 0; at < sound.length; at += 8192)
    for (const { probability } of await activity.next(sound.subarray(at, at + 8192))) heard.push(probability);
  return heard;
}

const { threshold } = z.object({ threshold: z.number() }).parse(model.entry.preprocessing);
const voicedAt = (limit: number, heard: readonly number[]) =>
  heard.map((probability) => probability >= limit);
const byNetwork = async (sound: Float32Array) => voicedAt(threshold, await probabilities(sound));

/** For each limit the share of windows with voice that are heard, and of those without that are taken for voice. */
const limits = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const curveOf = (sounds: readonly (readonly number[])[]) =>
  limits.map((limit) => {
    const counts = sounds.map((heard, i) => ({
      ...count(speakers[i]!.name, voicedAt(limit, heard), speakers[i]!.truth),
      silent: speakers[i]!.truth.filter((voice) => !voice).length,
    }));
    const over = (of: (one: (typeof counts)[number]) => readonly [number, number]) => {
      const share = (chosen: readonly number[]) => {
        const pairs = chosen.map((i) => of(counts[i]!));
        return pairs.reduce((sum, [part]) => sum + part, 0) / pairs.reduce((sum, [, all]) => sum + all, 0);
      };
      const all = counts.map((_, i) => i);
      return [
        share(all),
        ...clusterBootstrap(
          share,
          counts.map(({ speaker }) => speaker),
        ),
      ].map((value) => Math.round(1e4 * value) / 1e4);
    };
    return {
      limit,
      heard: over(({ hits, misses }) => [hits, hits + misses]),
      falselyHeard: over(({ alarms, silent }) => [alarms, silent]),
    };
  });

/** 10 dB over the quietest window of the last three seconds, and over -60 dB. */
const levelRule = "a window is voice if it is 10 dB over the quietest one of the last 3 s, and over -60 dB.";
function byLevel(sound: Float32Array): boolean[] {
  const heard = levels(sound);
  const memory = Math.round((3 * rate) / windowSamples);
  return heard.map(
    (level, i) => level > Math.max(-60, Math.min(...heard.slice(Math.max(0, i - memory), i + 1)) + 10),
  );
}

function count(speaker: string, heard: readonly boolean[], truth: readonly boolean[]): Counts {
  let [hits, alarms, misses] = [0, 0, 0];
  truth.forEach((voice, i) => {
    if (voice && heard[i]) hits++;
    else if (voice) misses++;
    else if (heard[i]) alarms++;
  });
  return { speaker, hits, alarms, misses };
}

/** Precision, recall and F1 over all speakers, each with its interval. */
function figures(counts: readonly Counts[]) {
  const over = (value: (hits: number, alarms: number, misses: number) => number) => {
    const of = (indices: readonly number[]) => {
      const sum = (key: "hits" | "alarms" | "misses") => indices.reduce((s, i) => s + counts[i]![key], 0);
      return value(sum("hits"), sum("alarms"), sum("misses"));
    };
    const all = counts.map((_, i) => i);
    return [
      of(all),
      ...clusterBootstrap(
        of,
        counts.map(({ speaker }) => speaker),
      ),
    ];
  };
  return {
    precision: over((h, a) => h / Math.max(1, h + a)),
    recall: over((h, _, m) => h / Math.max(1, h + m)),
    f1: over((h, a, m) => (2 * h) / Math.max(1, 2 * h + a + m)),
  };
}

const root = path.join(data, "ravdess");
const speakers: Speaker[] = [];
for (const folder of (await readdir(root)).sort()) speakers.push(await readSpeaker(path.join(root, folder)));

/** Six other speakers at once. */
const crowd = (speaker: Speaker): Float32Array => {
  const at = speakers.indexOf(speaker);
  const others = Array.from({ length: 6 }, (_, k) => speakers[(at + 1 + 3 * k) % speakers.length]!.even);
  return speaker.sound.map((_, i) =>
    others.reduce((sum, sound, k) => sum + sound[(i + 20_011 * (k + 1)) % sound.length]!, 0),
  );
};
const quiet = (sound: Float32Array) => sound.map((x) => x * 10 ** (-30 / 20));
const conditions: [string, (speaker: Speaker) => Float32Array][] = [
  ["as recorded", ({ sound }) => sound],
  ["as recorded, 30 dB quieter", ({ sound }) => quiet(sound)],
  ...[20, 10, 5, 0].map((snr): [string, (speaker: Speaker) => Float32Array] => [
    `pink noise ${snr} dB`,
    (speaker) => mixed(speaker, pink(speaker.sound.length), snr),
  ]),
  ["white noise 10 dB", (speaker) => mixed(speaker, white(speaker.sound.length), 10)],
  ["crowd of six 10 dB", (speaker) => mixed(speaker, crowd(speaker), 10)],
];
const rows = [];
const curves = [];
let [milliseconds, seconds] = [0, 0];
for (const [sound, make] of conditions) {
  const counts: Record<"silero" | "level", Counts[]> = { silero: [], level: [] };
  const heardOf: number[][] = [];
  for (const speaker of speakers) {
    const heard = make(speaker);
    const start = performance.now();
    const said = await probabilities(heard);
    heardOf.push(said);
    counts.silero.push(count(speaker.name, voicedAt(threshold, said), speaker.truth));
    milliseconds += performance.now() - start;
    seconds += heard.length / rate;
    counts.level.push(count(speaker.name, byLevel(heard), speaker.truth));
  }
  rows.push({ sound, silero: figures(counts.silero), level: figures(counts.level) });
  curves.push({ sound, curve: curveOf(heardOf) });
}

const minute = 60 * rate;
const tone = (hertz: (s: number) => number, level: (s: number) => number) => {
  let phase = 0;
  return new Float32Array(minute).map((_, i) => {
    phase += (2 * Math.PI * hertz(i / rate)) / rate;
    return level(i / rate) * (Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.25 * Math.sin(3 * phase));
  });
};
const scale = [262, 294, 330, 349, 392, 440, 494, 523];
const soundless: [string, Float32Array][] = [
  ["digital silence", new Float32Array(minute)],
  ["pink noise", pink(minute).map((x) => 0.03 * x)],
  ["white noise", white(minute).map((x) => 0.05 * x)],
  [
    "mains hum",
    tone(
      () => 50,
      () => 0.1,
    ),
  ],
  [
    "melody",
    tone(
      (s) => scale[Math.floor(2 * s) % 8]!,
      (s) => 0.2 * Math.exp(-4 * ((2 * s) % 1)),
    ),
  ],
  ["clicks", new Float32Array(minute).map((_, i) => (i % (rate / 2) < 40 ? 0.8 : 0))],
];
const falseAlarms = [];
const share = (heard: readonly boolean[]) => heard.filter(Boolean).length / heard.length;
for (const [sound, samples] of soundless)
  falseAlarms.push({ sound, silero: share(await byNetwork(samples)), level: share(byLevel(samples)) });

console.log(
  JSON.stringify(
    {
      speakers: speakers.length,
      clips: speakers.length * clipsPerSpeaker,
      voiceShare: share(speakers.flatMap(({ truth }) => truth)),
      truth: `A window of the clean recording is voice within ${voiceDb} dB of its loud windows (95th percentile); pauses up to ${pauseWindows * 32} ms count as voice. ${gapS} s without voice lie between the clips. Before noise is added, all clips' voices are brought to ${evenDb} dB.`,
      levelRule,
      msPerSecond: milliseconds / seconds,
      conditions: rows,
      falseAlarms,
      curves,
    },
    undefined,
    2,
  ),
);
