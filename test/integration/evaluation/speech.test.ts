import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { evaluate } from "../../../daemon/evaluation/evaluate.ts";
import { createSpeechFileReader } from "../../../daemon/evaluation/speech.ts";
import type { Model } from "../../../daemon/inference/models.ts";
import { defaultFfmpeg } from "../../../daemon/media/ffmpeg.ts";
import { createSpeechReader } from "../../../daemon/speech/emotion.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("evaluation of speech", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), "edin-speech-"))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Two seconds of a warbling tone that starts after half a second of silence, as ffmpeg's `options` write it. */
  async function sound(name: string, ...options: string[]): Promise<string> {
    const { ffmpeg } = await defaultFfmpeg();
    const file = path.join(folder, name);
    const tone = "aevalsrc=if(gt(t\\,0.5)\\,0.4*sin(2*PI*(300*t+20*sin(9*t)))\\,0):d=2.5:s=48000";
    await promisify(execFile)(ffmpeg, ["-loglevel", "error", "-f", "lavfi", "-i", tone, ...options, file]);
    return file;
  }

  it("hears the same in wav, flac and mp3 of any rate and number of channels", async () => {
    const heard: Float32Array[] = [];
    await using models = await openProductModels();
    const model = await models.load("speech");
    const listening: Model = {
      entry: model.entry,
      provider: model.provider,
      run: (inputs) => {
        heard.push(Object.values(inputs)[0]!.data);
        return model.run(inputs);
      },
    };
    const read = createSpeechFileReader(listening, {});
    const files = [
      await sound("a.wav", "-ar", "16000"),
      await sound("b.flac", "-ar", "44100", "-ac", "2"),
      await sound("c.mp3", "-ar", "48000"),
      await sound("d.wav", "-ar", "22050", "-c:a", "pcm_s24le"),
    ];
    const [first, ...others] = await Promise.all(files.map(read));
    assert.ok(Math.abs(Object.values(first!).reduce((a, b) => a! + b!, 0)! - 1) < 1e-4);
    const seconds = heard.map((data) => data.length / 16_000);
    for (const length of seconds) assert.ok(Math.abs(length - 2.5) <= 0.08, seconds.join());
    for (const other of others)
      for (const [label, p] of Object.entries(other!))
        assert.ok(Math.abs(p! - first![label]!) < 0.15, `${label}: ${p!} and ${first![label]!}`);
  });

  it("lists silence as a clip, what has no sound as unreadable, and says what it did not hear to its end", async () => {
    await mkdir(path.join(folder, "calm"));
    await sound("calm/a.wav", "-af", "volume=0");
    await sound("calm/b.wav");
    await writeFile(path.join(folder, "calm/c.wav"), "RIFF");
    await sound("calm/d.wav", "-af", `apad=whole_len=${61 * 48000}`);
    await using models = await openProductModels();
    const result = await evaluate("speech", folder, { models, faces: "crop" });
    assert.equal(result.n, 3);
    assert.equal(result.unreadable.count, 1);
    assert.ok(
      result.notes.some((note) => note.startsWith("Of 1 recording longer than 60 s")),
      result.notes.join(),
    );
  });

  it("reads a click and an empty segment without failing", async () => {
    await using models = await openProductModels();
    const reader = createSpeechReader(await models.load("speech"));
    const click = new Float32Array(40_000);
    click[39_990] = 1;
    for (const samples of [click, new Float32Array(0), new Float32Array(100)]) {
      const sum = Object.values(await reader.readSegment(samples)).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) < 1e-4);
    }
  });
});
