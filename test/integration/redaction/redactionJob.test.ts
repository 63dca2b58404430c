import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { isAppError } from "../../../shared/errors.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import { deleteJob, getJob } from "../../../shared/protocol/jobs.ts";
import {
  getRedactedClip,
  getRedaction,
  importAvatar,
  listAvatars,
  startRedaction,
} from "../../../shared/protocol/redaction.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { makeHead } from "../../support/tinyHead.ts";
import { until } from "../../support/until.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";

const photo = path.join(import.meta.dirname, "../../../node_modules/@vladmandic/face-api/demo/sample3.jpg");

describe("copies without faces through the daemon", function () {
  this.timeout(180_000);
  let test: TestDaemon;
  before(async () => {
    test = await startTestDaemon({ config: { device: "cpu" } });
  });
  after(() => test[Symbol.asyncDispose]());
  const settled = (id: string) =>
    until(async () => {
      const { job } = await test.call(getJob, { id });
      return job.state !== "queued" && job.state !== "running" && job;
    }, 150_000);

  it("are a job: its report, the file, and nothing of it after it is deleted", async () => {
    const mediaPath = await makePhotoClip(path.join(test.clips, "photo.mp4"), 1);
    const { job } = await test.call(startRedaction, { mediaPath, face: "avatar", voice: "remove" });
    assert.equal(job.kind, "redaction");
    assert.equal((await settled(job.id)).state, "done");
    const { report } = await test.call(getRedaction, { id: job.id });
    assert.deepEqual([report.face, report.frames, report.coveredFrames], ["avatar", 25, 25]);
    const { token } = test.daemon;
    const response = await test.ask(toHttp(getRedactedClip, { id: job.id }).path, {
      headers: { authorization: `Bearer ${token.reveal()}` },
    });
    assert.equal(response.headers.get("content-type"), "video/mp4");
    const copy = path.join(test.clips, "copy.mp4");
    await writeFile(copy, new Uint8Array(await response.arrayBuffer()));
    const media = await probeMedia(copy);
    assert.deepEqual([media.audio, media.video?.width], [undefined, 640]);
    await test.call(deleteJob, { id: job.id });
    await assert.rejects(test.call(getRedaction, { id: job.id }));
  });

  it("of a file that is no clip fail with its reason, and outside granted folders are refused", async () => {
    const { job } = await test.call(startRedaction, { mediaPath: path.join(test.clips, "clip.mp4") });
    const ended = await settled(job.id);
    assert.equal(ended.state, "failed");
    assert.match(ended.failure!.message, /clip\.mp4/);
    const outside = test.call(startRedaction, { mediaPath: "/etc/hostname" });
    await assert.rejects(outside, (error: unknown) => !isAppError(error, "internal"));
  });

  it("may put any head among the avatars in a face's place", async () => {
    const { avatars } = await test.call(listAvatars, {});
    assert.equal(avatars.filter(({ kind, origin }) => kind === "head" && origin === "product").length, 10);
  });

  it("takes a head or a picture of a granted folder among the avatars, once; what is none, or lies elsewhere, is refused", async () => {
    const head = path.join(test.clips, "My Head.vrm");
    await writeFile(head, await makeHead());
    const { avatar } = await test.call(importAvatar, { path: head });
    assert.match(avatar.name, /^my-head-[0-9a-f]{8}$/);
    assert.deepEqual([avatar.kind, avatar.moves], ["head", { shapes: 5, standIns: 0 }]);
    assert.equal((await test.call(importAvatar, { path: head })).avatar.name, avatar.name);
    const picture = path.join(test.clips, "face.jpg");
    // The woman on the left.
    const her = { left: 420, top: 180, width: 540, height: 640 };
    await sharp(photo).resize({ width: 1920 }).extract(her).toFile(picture);
    const person = (await test.call(importAvatar, { path: picture })).avatar;
    assert.equal(person.kind, "picture");
    const { avatars } = await test.call(listAvatars, {});
    const own = avatars.filter(({ origin }) => origin === "user").map(({ name }) => name);
    assert.deepEqual(own, [person.name, avatar.name]);
    const page = path.join(test.clips, "page.glb");
    await writeFile(page, "<!DOCTYPE html>");
    await assert.rejects(test.call(importAvatar, { path: page }), /web page/);
    await assert.rejects(test.call(importAvatar, { path: "/etc/hostname" }));
  });
});
