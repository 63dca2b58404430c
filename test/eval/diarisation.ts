// How well voices are told apart: tsx test/eval/diarisation.ts DATA [SET ...] > DATA/diarisation.json
// DATA/speakers.csv (set,path,speaker,emotion) names clips of one speaker each. Conversations are made of clips of one set; prints the
// figures of models/speaker-ge2e/card.md.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { VoiceActivity } from "../../daemon/speech/activity.ts";
import { diarise, type VoiceTurn } from "../../daemon/speech/diarise.ts";
import { createSpeakerReader } from "../../daemon/speech/speaker.ts";
import { VoicePrints, type VoicePrint } from "../../daemon/speech/voicePrints.ts";
import { clusterBootstrap } from "../../shared/stats/intervals.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { readRecords } from "../../shared/table/readTable.ts";
import { openProductModels } from "../support/productModels.ts";
import { joined, wholeSound } from "../support/wholeSound.ts";

const rate = 16_000;
const seconds = 60;
const collarMs = 250;
const stepMs = 10;
const [data, ...sets] = process.argv.slice(2);
if (data === undefined) throw new Error("Name the folder that holds speakers.csv.");
const each = Number(process.env["EDIN_CONVERSATIONS"] ?? 30);

const models = await openProductModels();
const [voice, speaker] = [await models.load("voice"), await models.load("speaker")];
const reader = createSpeakerReader(speaker);
const random = seededRandom(1);
const below = (n: number): number => Math.floor(random() * n);
const between = (a: number, b: number): number => a + random() * (b - a);

/** set -> speaker -> files */
const people = new Map<string, Map<string, string[]>>();
for (const row of readRecords(await readFile(path.join(data, "speakers.csv"), "utf8"), [
  "set",
  "path",
  "speaker",
])) {
  if (sets.length > 0 && !sets.includes(row.set)) continue;
  const set = people.get(row.set) ?? new Map<string, string[]>();
  people.set(row.set, set.set(row.speaker, [...(set.get(row.speaker) ?? []), row.path]));
}

/** Without what is 30 dB under the loudest 20 ms at either end, at -26 dB. */
function trimmed(sound: Float32Array): Float32Array {
  const size = rate / 50;
  const powers = Array.from({ length: Math.floor(sound.length / size) }, (_, i) =>
    sound.subarray(i * size, (i + 1) * size).reduce((sum, x) => sum + x * x, 0),
  );
  const limit = Math.max(...powers) / 1000;
  const loud = powers.map((power) => power > limit);
  const cut = sound.slice(loud.indexOf(true) * size, (loud.lastIndexOf(true) + 1) * size);
  const power = cut.reduce((sum, x) => sum + x * x, 0) / Math.max(1, cut.length);
  const gain = 10 ** (-26 / 20) / Math.sqrt(power + 1e-12);
  return cut.map((x) => x * gain);
}

interface Conversation {
  readonly set: string;
  readonly sound: Float32Array;
  readonly turns: readonly VoiceTurn[];
}

/** About a minute of a few people of a set: turns of 1 to 6 s, pauses of up to 0.8 s. */
async function converse(set: string, count: number): Promise<Conversation> {
  const there = [...people.get(set)!.keys()];
  const speakers = Array.from({ length: count }, () => there.splice(below(there.length), 1)[0]!);
  const parts: Float32Array[] = [];
  const turns: VoiceTurn[] = [];
  let [samples, last] = [0, -1];
  const push = (part: Float32Array): void => {
    parts.push(part);
    samples += part.length;
  };
  const noise = (length: number) => Float32Array.from({ length }, () => 0.0005 * (random() - 0.5));
  // Everybody speaks: the first turns go round.
  for (let turn = 0; samples < seconds * rate; turn++) {
    push(noise(Math.round(between(0, 0.8) * rate)));
    let who = turn < count ? turn : below(count);
    if (who === last) who = (who + 1) % count;
    last = who;
    const start = samples;
    const wanted = between(1, 6) * rate;
    const files = people.get(set)!.get(speakers[who]!)!;
    while (samples - start < wanted) {
      const sound = trimmed(await wholeSound(path.join(data!, files[below(files.length)]!), rate));
      push(sound.subarray(0, Math.min(sound.length, Math.round(wanted) - (samples - start))));
      if (wanted - (samples - start) < 0.5 * rate) break;
    }
    turns.push({ voice: who + 1, startMs: (1000 * start) / rate, endMs: (1000 * samples) / rate });
  }
  return { set, sound: joined(parts), turns };
}

async function printsOf(sound: Float32Array): Promise<readonly VoicePrint[]> {
  const activity = new VoiceActivity(voice);
  const prints = new VoicePrints(reader);
  for (let at = 0; at < sound.length; at += rate / 2) {
    const samples = sound.subarray(at, at + rate / 2);
    await prints.hear(samples, await activity.next(samples));
  }
  await prints.hear(new Float32Array(), await activity.finish());
  await prints.finish();
  return prints.prints;
}

/** Missed, invented and confused voice over all voice, in steps of 10 ms, under the best pairing of numbers. */
function errorOf(truth: readonly VoiceTurn[], found: readonly VoiceTurn[]): { wrong: number; whole: number } {
  const end = Math.max(...[...truth, ...found].map(({ endMs }) => endMs));
  const at = (turns: readonly VoiceTurn[], timeMs: number): number =>
    turns.find(({ startMs, endMs }) => timeMs >= startMs && timeMs < endMs)?.voice ?? 0;
  const [rows, columns] = [truth, found].map((turns) => Math.max(0, ...turns.map((turn) => turn.voice)));
  const counts = Array.from({ length: rows! + 1 }, () => new Array<number>(columns! + 1).fill(0));
  for (let timeMs = stepMs / 2; timeMs < end; timeMs += stepMs) {
    if (
      truth.some(
        ({ startMs, endMs }) => Math.min(Math.abs(timeMs - startMs), Math.abs(timeMs - endMs)) < collarMs,
      )
    )
      continue;
    counts[at(truth, timeMs)]![at(found, timeMs)]!++;
  }
  const whole = counts
    .slice(1)
    .flat()
    .reduce((a, b) => a + b, 0);
  const invented = counts[0]!.slice(1).reduce((a, b) => a + b, 0);
  const pair = (row: number, left: readonly number[]): number =>
    row > rows!
      ? 0
      : Math.max(
          pair(row + 1, left),
          ...left.map(
            (column) =>
              counts[row]![column]! +
              pair(
                row + 1,
                left.filter((one) => one !== column),
              ),
          ),
        );
  const right = pair(
    1,
    Array.from({ length: columns! }, (_, i) => i + 1),
  );
  return { wrong: invented + whole - right, whole };
}

interface Result {
  readonly set: string;
  readonly right: boolean;
  readonly voices: number;
  readonly guessed: ReturnType<typeof errorOf>;
  readonly given: ReturnType<typeof errorOf>;
}

const figures = [];
for (const count of [1, 2, 3, 4]) {
  const usable = [...people].filter(([, set]) => set.size >= count).map(([name]) => name);
  const results: Result[] = [];
  for (let i = 0; i < each; i++) {
    const { set, sound, turns } = await converse(usable[i % usable.length]!, count);
    const prints = await printsOf(sound);
    const guessed = diarise(prints, { voiceGains: reader.voiceGains });
    const given = diarise(prints, { voiceGains: reader.voiceGains, voices: count });
    results.push({
      set,
      right: guessed?.voices === count,
      voices: guessed?.voices ?? 0,
      guessed: errorOf(turns, guessed?.turns ?? []),
      given: errorOf(turns, given?.turns ?? []),
    });
    process.stderr.write(`${count} people, ${i + 1} of ${each}: ${JSON.stringify(results.at(-1))}\n`);
  }
  const der = (which: "guessed" | "given"): number[] => {
    const sum = (chosen: readonly number[], key: "wrong" | "whole"): number =>
      chosen.reduce((total, i) => total + results[i]![which][key], 0);
    const share = (chosen: readonly number[]): number => sum(chosen, "wrong") / sum(chosen, "whole");
    const all = [...results.keys()];
    return [share(all), ...clusterBootstrap(share, all.map(String))].map(
      (value) => Math.round(value * 1000) / 1000,
    );
  };
  figures.push({
    ...{ voices: count, n: results.length, sets: usable },
    ...{ der: der("guessed"), derGiven: der("given") },
    counted: Math.round((100 * results.filter(({ right }) => right).length) / results.length) / 100,
  });
}
process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
await models[Symbol.asyncDispose]();
