import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { defaultFfmpeg } from "../../../daemon/media/ffmpeg.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { checkRedaction } from "../../../daemon/redaction/checkRedaction.ts";
import { findFaces } from "../../../daemon/redaction/findFaces.ts";
import { redact, type RedactionRequest } from "../../../daemon/redaction/redact.ts";
import { isAppError } from "../../../shared/errors.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { wholeSound } from "../../support/wholeSound.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("a redacted copy of a clip", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const run = async (request: Partial<RedactionRequest>) => {
    const mediaPath = request.mediaPath ?? (await makePhotoClip(path.join(folder.path, "clip.mp4"), 2));
    await using models = await openProductModels();
    return await redact(
      {
        out: path.join(folder.path, "copy.mp4"),
        face: "pixelate",
        voice: "keep",
        keep: [],
        ...request,
        mediaPath,
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

  it("blurs, lowers the voice by a fifth of its frequency, and leaves where, when and by whom it was taken behind", async () => {
    const plain = await makePhotoClip(path.join(folder.path, "plain.mp4"), 1);
    const tags = ["title=Interview with Jane", "artist=Jane", "location=+52.5+013.4/", "comment=at home"];
    const mediaPath = await makeClip(
      path.join(folder.path, "told.mp4"),
      ...["-i", plain, "-c", "copy", "-metadata:s:v", "title=Jane's camera"],
      ...tags.flatMap((tag) => ["-metadata", tag]),
    );
    assert.match(await tagsOf(mediaPath), /Jane/);
    const report = await run({ mediaPath, face: "blur", voice: "pitch" });
    assert.deepEqual([report.voice, report.coveredFrames, report.check.recognisable], ["pitch", 25, 0]);
    assert.doesNotMatch(await tagsOf(report.out), /Jane|52\.5|home|creation_time/);
    const [before, after] = [await frequencyOf(mediaPath), await frequencyOf(report.out)];
    assert.ok(
      Math.abs(before - 220) < 5 && Math.abs(after / before - 0.8) < 0.03,
      `${before} to ${after} Hz`,
    );
  });

  it("the check tells a copy in which a face was left bare", async () => {
    const clip = await makePhotoClip(path.join(folder.path, "bare.mp4"), 1);
    const [media, ffmpeg] = [await probeMedia(clip), await defaultFfmpeg()];
    const signal = new AbortController().signal;
    await using models = await openProductModels();
    const networks = {
      face: await models.load("face"),
      landmarks: await models.load("landmarks"),
      "face-likeness": await models.load("face-likeness"),
    };
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

/** Everything that a file says of itself and of its streams. */
async function tagsOf(file: string): Promise<string> {
  const { ffprobe } = await defaultFfmpeg();
  const asked = ["-v", "error", "-show_entries", "format_tags:stream_tags", "-of", "json"];
  return (await promisify(execFile)(ffprobe, [...asked, file])).stdout;
}

/** Of a tone, by its zero crossings, without its beginning and its end. */
async function frequencyOf(file: string): Promise<number> {
  const rate = 16_000;
  const sound = (await wholeSound(file, rate)).subarray(0.2 * rate, 0.8 * rate);
  let crossings = 0;
  for (let k = 1; k < sound.length; k++) if (sound[k - 1]! < 0 && sound[k]! >= 0) crossings++;
  return (crossings * rate) / sound.length;
}
