import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import { evaluate } from "../../../daemon/evaluation/evaluate.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { encodeWav } from "../../../daemon/media/wav.ts";
import { readLines, writeExport } from "../../../daemon/results/exports/write.ts";
import { speechLineSchema } from "../../../shared/protocol/results.ts";
import { openProductModels } from "../../support/productModels.ts";
import { joined, wholeSound } from "../../support/wholeSound.ts";
import { temporaryFolder } from "../media/clips.ts";

const rate = 16_000;
const pause = new Float32Array(0.4 * rate);
/** What two synthetic people say to each other: a low voice, and a high one. */
const people = [
  ["-v", "en-us+m3", "-p", "25"],
  ["-v", "en-us+f4", "-p", "75"],
] as const;
const lines = [
  [0, "Good morning, and thank you for coming all the way to the station today."],
  [1, "It was no trouble at all, the train was nearly empty and quite on time."],
  [0, "Then let us walk through the garden and look at the old green houses."],
  [1, "I would like that, although I am told that it may rain before the evening."],
  [0, "We can wait under the large tree and drink a little coffee until it is over."],
  [1, "You always know a way, and you never seem to be worried about anything."],
] as const;

describe("the voices of a clip", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  /** Who speaks from when to when. */
  const truth: { person: number; startMs: number; endMs: number }[] = [];
  let models: Models;
  before(async () => {
    models = await openProductModels();
    const parts: Float32Array[] = [];
    const push = (part: Float32Array) => parts.push(part);
    const samples = () => parts.reduce((sum, part) => sum + part.length, 0);
    for (const [i, [person, text]] of lines.entries()) {
      const file = at(`line-${i}.wav`);
      await promisify(execFile)("espeak-ng", [...people[person], "-w", file, text]);
      const startMs = samples() / 16;
      push(await wholeSound(file, rate));
      truth.push({ person, startMs, endMs: samples() / 16 });
      push(pause);
    }
    const whole = joined(parts);
    await writeFile(at("talk.wav"), encodeWav(whole, rate));
    await writeFile(at("short.wav"), encodeWav(whole.subarray(0, 2 * rate), rate));
  });
  after(() => models[Symbol.asyncDispose]());

  async function analyse(name: string, config: Readonly<Record<string, unknown>> = {}) {
    const outDir = at(`${name}.${Object.keys(config).length}.out`);
    const request = { id: name, mediaPath: at(name), outDir, pipeline: "multimodal", config } as const;
    const signal = new AbortController().signal;
    const analysis = await runAnalysis(request, { models, signal, onProgress: () => undefined });
    return { analysis, outDir };
  }
  async function text(outDir: string, name: "turns.csv" | "annotations.eaf" | "speech.csv") {
    let whole = "";
    for await (const part of writeExport(outDir, name)) whole += part;
    return whole;
  }

  it("are told apart, with who speaks when, what each feels, and a number in every segment and export", async () => {
    const { analysis, outDir } = await analyse("talk.wav");
    const { voices = [], voice } = analysis;
    assert.deepEqual(
      voices.map(({ id }) => id),
      [1, 2],
    );
    assert.ok(analysis.models.some(({ task }) => task === "speaker"));
    assert.match(analysis.summary.notes.join(" "), /2 voices are told apart/);
    for (const { person, startMs, endMs } of truth)
      for (const { id, turns } of voices) {
        const share = turns.reduce(
          (s, [a, b]) => s + Math.max(0, Math.min(b, endMs) - Math.max(a, startMs)),
          0,
        );
        const own = id === person + 1;
        assert.ok(own ? share > 0.7 * (endMs - startMs) : share < 600, `voice ${id}, ${startMs}: ${share}`);
      }
    const voiced = voices.reduce((sum, one) => sum + one.voicedMs, 0);
    assert.ok(Math.abs(voiced - voice!.voicedMs) < 0.2 * voice!.voicedMs, `${voiced} of ${voice!.voicedMs}`);
    for (const { meanEmotion, trustedSegments } of voices) assert.ok(meanEmotion && trustedSegments > 2);

    const numbers = new Set<number | undefined>();
    for await (const line of readLines(path.join(outDir, "speech.jsonl"), speechLineSchema))
      numbers.add(line.voice);
    assert.ok(numbers.has(1) && numbers.has(2));
    const turns = (await text(outDir, "turns.csv")).trim().split("\n");
    assert.equal(turns[0], "clip,voice,person,participant,track,startMs,endMs");
    assert.equal(
      turns.length - 1,
      voices.reduce((sum, one) => sum + one.turns.length, 0),
    );
    assert.match(await text(outDir, "annotations.eaf"), /TIER_ID="voice 2: turns"/);
    assert.match(await text(outDir, "speech.csv"), /^clip,startMs,endMs,state,levelDb,track,voice,/);
  });

  it("are as many as somebody says there are", async () => {
    const { analysis } = await analyse("talk.wav", { voices: 1 });
    assert.equal(analysis.voices?.length, 1);
    assert.match(analysis.summary.notes.join(" "), /1 were asked for|One voice/);
  });

  it("are measured by pairs of recordings: how often one person is taken for two, or two for one", async () => {
    const set = at("set");
    for (const [i, [person]] of lines.entries()) {
      await mkdir(path.join(set, `person ${person}`), { recursive: true });
      await copyFile(at(`line-${i}.wav`), path.join(set, `person ${person}`, `${i}.wav`));
    }
    await copyFile(at("talk.wav"), path.join(set, "person 0", "everybody.wav"));
    const figures = await evaluate("speaker", set, { models, faces: "crop" });
    const { n, speakers, pairs, eer } = figures as typeof figures &
      Record<"speakers" | "pairs" | "eer", number>;
    assert.deepEqual([n, speakers, pairs], [7, 2, 21]);
    // One recording has both voices: it is as like the other's.
    assert.ok(eer > 0 && eer < 0.35, `${eer}`);
  });

  it("are not told apart where there is too little voice, and the result says so", async () => {
    const { analysis, outDir } = await analyse("short.wav");
    assert.equal(analysis.voices, undefined);
    assert.match(analysis.summary.notes.join(" "), /less than 3 s of voice/);
    assert.doesNotMatch(await readFile(path.join(outDir, "speech.jsonl"), "utf8"), /"voice"/);
  });
});
