import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { readLines } from "../../../daemon/results/exports/write.ts";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { synthesizeVoice } from "../../../daemon/sample/sampleVoice.ts";
import { encodeWav } from "../../../daemon/media/wav.ts";
import { melLineSchema, melStripFormat } from "../../../shared/protocol/mel.ts";
import { fusedLineSchema, speechLineSchema } from "../../../shared/protocol/results.ts";
import { edin } from "../edin.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { openProductModels } from "../../support/productModels.ts";

const sampleRateHz = 16_000;
const seconds = 5;
/** When the synthetic voice begins and ends. */
const [voiceFromMs, voiceUntilMs] = [1000, 4000];

describe("face and voice of a clip", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  let models: Models;
  before(async () => {
    models = await openProductModels();
    const sound = new Float32Array(seconds * sampleRateHz);
    const voice = synthesizeVoice((voiceUntilMs - voiceFromMs) / 1000, sampleRateHz);
    sound.set(voice, (voiceFromMs * sampleRateHz) / 1000);
    await writeFile(at("voice.wav"), encodeWav(sound, sampleRateHz));
    const shot = { photo: "sample1.jpg", seconds, from: [180, 150], to: [230, 150] } as const;
    await makePhotoClip(at("photo.mp4"), [shot]);
    const inputs = ["-i", at("photo.mp4"), "-i", at("voice.wav"), "-map", "0:v", "-c:v", "copy"];
    await makeClip(at("both.mp4"), ...inputs, "-map", "1:a", "-c:a", "aac");
    await makeClip(at("silent.mp4"), ...inputs);
  });
  after(() => models[Symbol.asyncDispose]());

  async function analyse(name: string, out = `${name}.out`) {
    const request = {
      id: out,
      mediaPath: at(name),
      outDir: at(out),
      pipeline: "multimodal",
      config: {},
    } as const;
    const signal = new AbortController().signal;
    const analysis = await runAnalysis(request, { models, signal, onProgress: () => undefined });
    const file = (lines: string) => path.join(at(out), lines);
    return {
      analysis,
      speech: await all(readLines(file("speech.jsonl"), speechLineSchema)),
      fused: await all(readLines(file("fused.jsonl"), fusedLineSchema)),
      mel: await all(readLines(file("mel.jsonl"), melLineSchema)),
    };
  }
  async function all<T>(lines: AsyncIterable<T>): Promise<T[]> {
    const found: T[] = [];
    for await (const line of lines) found.push(line);
    return found;
  }
  const near = (values: Readonly<Record<string, number>>, sum: number) =>
    Math.abs(Object.values(values).reduce((a, b) => a + b, 0) - sum) < 2e-3;

  it("are fused in steps of 100 ms; a voice that moves no mouth is nobody's", async () => {
    const { analysis, speech, fused, mel } = await analyse("both.mp4");
    const { voice, tracks, summary, models: used } = analysis;
    for (const task of ["voice", "speech", "man"])
      assert.ok(
        used.some((model) => model.task === task),
        task,
      );

    assert.equal(summary.speechSegments, speech.filter(({ state }) => state !== "no_speech").length);
    assert.ok(Math.abs(voice!.voicedMs - (voiceUntilMs - voiceFromMs)) < 800, `${voice!.voicedMs}`);
    for (const { startMs, endMs, state, probabilities } of speech) {
      if (endMs <= voiceFromMs) assert.equal(state, "no_speech");
      if (Math.min(endMs, voiceUntilMs) - Math.max(startMs, voiceFromMs) > 1500) assert.equal(state, "ok");
      if (probabilities) assert.ok(near(probabilities, 1));
    }

    const steps = [...new Set(fused.map(({ timeMs }) => timeMs))];
    assert.equal(steps.length, 10 * seconds);
    steps.forEach((timeMs, i) => assert.ok(timeMs >= 100 * i && timeMs < 100 * (i + 1), `${timeMs}`));
    for (const { timeMs, track, state, probabilities, carried } of fused) {
      // Photographs do not move their mouths.
      if (track !== undefined) assert.deepEqual([state, carried], ["no_speech", { face: 1, speech: 0 }]);
      else assert.ok(state === "no_face" || state === "low_quality", `${state} at ${timeMs}`);
      if (probabilities) assert.ok(near(probabilities, 1));
    }
    const alone = fused.filter(({ track, state }) => track === undefined && state === "no_face");
    assert.ok(alone.length > 10 && alone.every(({ carried }) => carried!.speech === 1));
    for (const { meanFused, dominantFused } of tracks) {
      assert.ok(near(meanFused!, 1));
      assert.equal(meanFused![dominantFused!], Math.max(...Object.values(meanFused!)));
    }
    const bytes = mel.reduce((sum, { columns }) => sum + Buffer.from(columns, "base64").length, 0);
    const columns = bytes / melStripFormat.bands;
    assert.ok(Math.abs(columns - (1000 * seconds) / melStripFormat.columnMs) <= 2, `${columns}`);
  });

  it("lie at their time: the voice where it sounds, though its segments end later and reach further", async () => {
    const { fused } = await analyse("both.mp4");
    const spoken = fused.filter(({ carried }) => carried && carried.speech > 0).map(({ timeMs }) => timeMs);
    assert.ok(Math.abs(spoken[0]! - voiceFromMs) <= 500, `from ${spoken[0]}`);
    assert.ok(Math.abs(spoken.at(-1)! + 100 - voiceUntilMs) <= 500, `until ${spoken.at(-1)}`);
    const times = fused.map(({ timeMs }) => timeMs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  it("end with the face, at a cut too", async () => {
    const grey = ["-f", "lavfi", "-i", "color=gray:size=640x360:rate=25:duration=2"];
    await makeClip(
      at("cut.mp4"),
      ...[
        "-i",
        at("photo.mp4"),
        ...grey,
        "-filter_complex",
        "[0:v]trim=0:2[a];[a][1:v]concat=n=2:v=1:a=0[v]",
      ],
      ...["-map", "[v]", "-c:v", "libx264", "-pix_fmt", "yuv420p"],
    );
    const { analysis, fused } = await analyse("cut.mp4");
    const { id, firstMs, lastMs } = analysis.tracks[0]!;
    const own = fused.filter(({ track }) => track === id).map(({ timeMs }) => timeMs);
    assert.ok(Math.abs(own[0]! - firstMs) <= 100, `${own[0]} from ${firstMs}`);
    assert.ok(Math.abs(own.at(-1)! - lastMs) <= 100, `${own.at(-1)} until ${lastMs}`);
    assert.ok(Math.abs(lastMs - 1960) <= 120, `${lastMs}`);
  });

  it("give the same bytes again", async () => {
    const [first, second] = [await analyse("both.mp4", "first"), await analyse("both.mp4", "second")];
    assert.equal(first.analysis.resultSha256, second.analysis.resultSha256);
  });

  it("are the voice alone where there is no picture", async () => {
    const { analysis, fused } = await analyse("voice.wav");
    assert.deepEqual([analysis.summary.frames, analysis.tracks], [0, []]);
    assert.ok(analysis.summary.notes.some((note) => note.includes("no picture")));
    assert.ok(analysis.voice!.dominant !== undefined);
    const states = new Map(fused.map(({ timeMs, state }) => [timeMs, state]));
    assert.deepEqual(
      [...states.keys()],
      Array.from({ length: 2 * seconds }, (_, i) => 500 * i),
    );
    assert.equal(states.get(0), "no_face_no_speech");
    assert.equal(states.get(2500), "no_face");
    assert.equal(states.get(4500), "no_face_no_speech");
    for (const { track, probabilities, carried } of fused) {
      assert.equal(track, undefined);
      if (probabilities) assert.deepEqual(carried, { face: 0, speech: 1 });
    }
  });

  it("are the face alone where there is no sound", async () => {
    const { analysis, speech, fused, mel } = await analyse("silent.mp4");
    assert.deepEqual([speech, mel, analysis.voice], [[], [], undefined]);
    assert.ok(analysis.summary.notes.some((note) => note.includes("no sound")));
    assert.ok(fused.length >= 10 * seconds);
    for (const { state, carried } of fused) assert.deepEqual([state, carried?.face], ["no_speech", 1]);
  });

  it("are in the summary of `edin analyze`", async () => {
    const { code, stdout, stderr } = await edin([
      "analyze",
      at("both.mp4"),
      "--device",
      "cpu",
      "--out",
      at("cli"),
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Voice: [23](\.\d)? s, \d+ segments, \d+ to be trusted, \w+ \d+ %$/m);
    assert.match(stdout, /^Face and voice together: face 1 \w+ \d+ %/m);
  });
});
