import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { isAppError } from "../../../shared/errors.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import { deleteJob, getJob } from "../../../shared/protocol/jobs.ts";
import {
  getRedactedClip,
  getRedaction,
  listAvatars,
  startRedaction,
} from "../../../shared/protocol/redaction.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { until } from "../../support/until.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";

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
});
