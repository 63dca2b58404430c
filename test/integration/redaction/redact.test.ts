import assert from "node:assert/strict";
import path from "node:path";
import { defaultFfmpeg } from "../../../daemon/media/ffmpeg.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { checkRedaction } from "../../../daemon/redaction/checkRedaction.ts";
import { findFaces } from "../../../daemon/redaction/findFaces.ts";
import { redact, type RedactionRequest } from "../../../daemon/redaction/redact.ts";
import { isAppError } from "../../../shared/errors.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { temporaryFolder } from "../media/clips.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("a redacted copy of a clip", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const run = async (request: Partial<RedactionRequest>) => {
    const mediaPath = await makePhotoClip(path.join(folder.path, "clip.mp4"), 2);
    await using models = await openProductModels();
    return await redact(
      {
        mediaPath,
        out: path.join(folder.path, "copy.mp4"),
        face: "pixelate",
        voice: "keep",
        keep: [],
        ...request,
      },
      {
        models,
        ffmpeg: await defaultFfmpeg(),
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
  };

  it("covers the face of every frame, keeps length and sound, and finds nobody in it", async () => {
    const report = await run({});
    assert.equal(report.frames, 50);
    assert.equal(report.coveredFrames, 50);
    assert.equal(report.check.recognisable, 0);
    const copy = await probeMedia(report.out);
    assert.equal(copy.audio?.codec, "aac");
    assert.ok(Math.abs(copy.durationMs - 2000) < 100, `${copy.durationMs} ms`);
  });

  it("leaves the face that is to be kept, and the sound that is not out of the copy", async () => {
    const { tracks } = await run({ face: "remove", voice: "remove", keep: [1] });
    assert.ok(tracks.find(({ track }) => track === 1)!.kept);
    const copy = await probeMedia(path.join(folder.path, "copy.mp4"));
    assert.equal(copy.audio, undefined);
  });

  it("the check tells a copy in which a face was left bare", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "bare.mp4"), 1);
    const [media, ffmpeg] = [await probeMedia(clip), await defaultFfmpeg()];
    const signal = new AbortController().signal;
    await using models = await openProductModels();
    const networks = { face: await models.load("face"), landmarks: await models.load("landmarks") };
    const options = { ffmpeg, signal, onFrame: () => undefined };
    const follow = { detectEveryFrames: 10, minPresence: 0.5, maxFaces: 8 };
    const found = await findFaces(clip, media, networks, { ...follow, ...options });
    const check = await checkRedaction(clip, found, networks, { ...options, keep: new Set() });
    assert.equal(check.recognisable, check.facesFound);
    assert.ok(check.recognisable >= 25, `${check.recognisable} of 25 frames`);
  });

  it("a track that is not there is refused by its number, and nothing is written", async () => {
    const out = path.join(folder.path, "never.mp4");
    await assert.rejects(run({ keep: [9], out }), (error) => isAppError(error, "not_found"));
    await assert.rejects(probeMedia(out), (error) => isAppError(error, "media_not_found"));
  });
});
