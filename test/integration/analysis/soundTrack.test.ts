import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { encodeWav } from "../../../daemon/media/wav.ts";
import { synthesizeVoice } from "../../../daemon/sample/sampleVoice.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { openProductModels } from "../../support/productModels.ts";

/** A clip has several sounds: the one with the voice is heard, and the notes say which. */
describe("the sound that is heard", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  let models: Models;
  before(async () => {
    models = await openProductModels();
    const voice = synthesizeVoice(3, 16_000);
    await writeFile(at("voice.wav"), encodeWav(voice, 16_000));
    const both = ["-i", at("voice.wav"), "-f", "lavfi", "-t", "3", "-i", "anullsrc=r=16000:cl=stereo"];
    const titles = ["-metadata:s:a:0", "title=Desktop", "-metadata:s:a:1", "title=Mic"];
    const silentFirst = [...both, "-map", "1:a", "-map", "0:a", ...titles, "-c:a", "pcm_s16le"];
    await makeClip(at("silentFirst.mkv"), ...silentFirst);
    await makeClip(at("voiceFirst.mkv"), ...both, "-map", "0:a", "-map", "1:a", "-c:a", "flac");
    const inverse = "pan=stereo|c0=c0|c1=-1*c0";
    await makeClip(at("outOfPhase.wav"), "-i", at("voice.wav"), "-af", inverse, "-c:a", "pcm_s16le");
    const two = ["-i", at("voice.wav"), "-map", "0:a", "-map", "0:a", "-c:a", "pcm_s16le"];
    const mov = await readFile(await makeClip(at("two.mov"), ...two));
    mov.write("apac", mov.indexOf("sowt"));
    await writeFile(at("unknownFirst.mov"), mov);
    mov.write("apac", mov.indexOf("sowt"));
    await writeFile(at("unknownOnly.mov"), mov);
  });
  after(() => models[Symbol.asyncDispose]());

  async function analyse(name: string, config = {}) {
    const outDir = at(`${name}.${Object.keys(config).length}.edin`);
    const request = { id: name, mediaPath: at(name), outDir, pipeline: "multimodal", config } as const;
    const signal = new AbortController().signal;
    const { media, voice, summary } = await runAnalysis(request, {
      models,
      signal,
      onProgress: () => undefined,
    });
    return { track: media.audio?.track, voicedMs: voice!.voicedMs, notes: summary.notes.join(" ") };
  }

  it("is the second track where the first is silent", async () => {
    const { track, voicedMs, notes } = await analyse("silentFirst.mkv");
    assert.equal(track, 2);
    assert.ok(voicedMs > 1500, `${voicedMs}`);
    assert.match(notes, /track 2 \(Mic\) of 2 was heard: the first with a voice.*1 \(Desktop\): no voice/);
  });

  it("is the track that was asked for", async () => {
    const { track, voicedMs, notes } = await analyse("silentFirst.mkv", { audioTrack: 1 });
    assert.deepEqual([track, voicedMs], [1, 0]);
    assert.match(notes, /track 1 \(Desktop\) of 2 was heard: as asked for. Left out: track 2 \(Mic\)/);
    await assert.rejects(analyse("silentFirst.mkv", { audioTrack: 3 }), { code: "invalid_config" });
  });

  it("is the first track with a voice, and what was left out is told", async () => {
    const { track, notes } = await analyse("voiceFirst.mkv");
    assert.equal(track, 1);
    assert.match(notes, /Left out: track 2/);
  });

  it("does not cancel where a channel is the inverse of the other", async () => {
    const { voicedMs, notes } = await analyse("outOfPhase.wav");
    assert.ok(voicedMs > 1500, `${voicedMs}`);
    assert.match(notes, /out of phase/);
  });

  it("is the second track where nothing here decodes the first", async () => {
    const { track, voicedMs, notes } = await analyse("unknownFirst.mov");
    assert.equal(track, 2);
    assert.ok(voicedMs > 1500, `${voicedMs}`);
    assert.match(notes, /track 1 .*of 2 is of a kind \(apac\)/);
  });

  it("is named where nothing here decodes it at all", async () => {
    await assert.rejects(analyse("unknownOnly.mov"), { code: "media_unsupported", message: /apac/ });
  });
});
