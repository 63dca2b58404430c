import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { recorded } from "../../../daemon/pipelines/timing.ts";
import { pipelineKinds } from "../../../daemon/pipelines/list.ts";
import { analysisConfigSchema } from "../../../shared/protocol/analysisConfig.ts";
import { analysisSchema } from "../../../shared/protocol/results.ts";
import { edin } from "../edin.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("the EVM pipeline on a clip of a real face", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  let models: Models;
  /** Eight seconds of a still face whose brightness beats 72 times a minute. */
  let beating: string;

  before(async () => {
    models = await openProductModels();
    const still = { photo: "sample1.jpg", seconds: 8, from: [180, 150], to: [180, 150] } as const;
    const face = await makePhotoClip(at("face.mp4"), [still]);
    const beat = "eq=brightness='0.012*sin(2*PI*1.2*t)':eval=frame";
    const codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "12", "-preset", "veryfast", "-an"];
    beating = await makeClip(at("beating.mp4"), "-i", face, "-vf", beat, ...codec);
  });
  after(() => models[Symbol.asyncDispose]());

  it("stores the magnified clip, reads the pulse and says where the bound held alpha back", async () => {
    const args = ["analyze", beating, "--pipeline", "evm", "--preset", "pulse", "--filter", "ideal"];
    const asked = [
      "--levels",
      "3",
      "--alpha",
      "120",
      "--band",
      "0.7,2.5",
      "--device",
      "cpu",
      "--out",
      at("pulse"),
    ];
    const { code, stdout, stderr } = await edin([...args, ...asked]);
    assert.equal(code, 0, stderr);
    const stored = await readFile(path.join(at("pulse"), "analysis.json"), "utf8");
    const { config, clips, tracks, summary } = analysisSchema.parse(JSON.parse(stored));
    assert.deepEqual(config["magnification"], {
      ...{ preset: "pulse", mode: "amplitude", filter: "ideal", alpha: 120, bandHz: [0.7, 2.5], levels: 3 },
    });
    const { pulse } = tracks[0]!;
    assert.ok(Math.abs(pulse!.beatsPerMinute - 72) < 2 && pulse!.clarity > 0.5, JSON.stringify(pulse));
    assert.match(stdout, /Pulse from the colour of the skin: face 1 7[123](\.\d)? beats a minute/);
    assert.ok(
      summary.notes.some((note) => /clamped alpha in \d+ % of the faces/.test(note)),
      stdout,
    );
    assert.deepEqual(
      clips?.map(({ file }) => file),
      tracks.map(({ id }) => `magnified-${id}.mp4`),
    );
    const made = await probeMedia(path.join(at("pulse"), clips[0]!.file));
    assert.deepEqual([made.video?.width, made.video?.height], [512, 256]);
    let frames = 0;
    for await (const frame of decodeFrames(path.join(at("pulse"), clips[0]!.file), made))
      frames = frame.index + 1;
    assert.equal(frames, tracks[0]!.frames);
  });

  it("refuses micro-expressions where the frame rate cannot carry them, with the reason", async () => {
    const slow = await makeClip(at("slow.mp4"), "-i", beating, "-r", "10", "-t", "1", "-c:v", "libx264");
    const args = ["analyze", slow, "--pipeline", "evm", "--preset", "micro", "--out", at("micro")];
    const { code, stderr } = await edin(args);
    assert.equal(code, 1);
    assert.match(stderr, /^frame_rate_too_low: 10 frames a second cannot carry a band up to 5 Hz/m);
    assert.deepEqual(await readdir(at("micro")), []);
  });

  it("refuses the ideal filter in motion mode, with what to leave out", async () => {
    const args = ["analyze", beating, "--pipeline", "evm", "--mode", "motion", "--filter", "ideal"];
    const { code, stderr } = await edin([...args, "--out", at("motion")]);
    assert.equal(code, 1);
    assert.match(stderr, /^invalid_config: .*Leave out --filter ideal or --mode motion/m);
  });

  it("gives the crops bit for bit with alpha 0, whatever the mode", async () => {
    const info = await probeMedia(beating);
    const { open } = await pipelineKinds.evm.load(models, {}, "none");
    for (const mode of ["amplitude", "motion"] as const) {
      let compared = 0;
      const config = analysisConfigSchema.parse({ magnification: { alpha: 0, mode } });
      const onFaceView = (_track: number, original: { data: Uint8Array }, shown: { data: Uint8Array }) => {
        assert.deepEqual(shown.data, original.data);
        compared++;
        return Promise.resolve();
      };
      const meter = { time: <T>(_name: string, work: () => Promise<T>) => work() };
      const frames = decodeFrames(beating, info, { endMs: 1000 });
      const options = { ...config, frameRate: 25, timing: recorded, onFaceView };
      for await (const { frame } of open(options, meter).moments({ frames }))
        assert.ok(frame!.line.faces.every(({ magnification }) => magnification?.alpha === 0));
      assert.ok(compared >= 25, `${compared} crops`);
    }
  });

  it("repeats byte for byte", async () => {
    const short = await makeClip(at("short.mp4"), "-i", beating, "-t", "1.2", "-c:v", "libx264");
    const run = (out: string) =>
      runAnalysis(
        { id: out, mediaPath: short, outDir: at(out), pipeline: "evm", config: {} },
        { models, signal: new AbortController().signal, onProgress: () => undefined },
      );
    const [one, two] = [await run("one"), await run("two")];
    assert.equal(one.resultSha256, two.resultSha256);
  });
});
