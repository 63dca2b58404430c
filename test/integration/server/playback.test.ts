import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, rename, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import {
  deleteAnalysis,
  getAnalysis,
  getFaceClip,
  getPlayback,
  preparePlayback,
  startAnalysis,
} from "../../../shared/protocol/analyses.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("the copy for playback", () => {
  let test: TestDaemon;
  before(async () => {
    test = await startTestDaemon();
  });
  after(() => test[Symbol.asyncDispose]());

  const finished = async (mediaPath: string): Promise<string> => {
    const { id } = (await test.call(startAnalysis, { mediaPath })).analysis;
    while ((await test.call(getAnalysis, { id })).analysis.state !== "done") await sleep(20);
    return id;
  };
  const get = (id: string, headers: Record<string, string> = {}): Promise<Response> =>
    test.ask(toHttp(getPlayback, { id }).path, {
      headers: { authorization: `Bearer ${test.daemon.token.reveal()}`, ...headers },
    });
  const made = async (id: string): Promise<void> => {
    let last = 0;
    for (;;) {
      const { ready, share } = await test.call(preparePlayback, { id });
      assert.ok(share >= last && share <= 1);
      if (ready) return;
      last = share;
      await sleep(50);
    }
  };

  it("is made on demand with sound that VS Code plays, and is served whole and in ranges", async () => {
    const id = await finished(await makePhotoClip(path.join(test.clips, "aac.mp4"), 2));
    assert.equal((await get(id)).status, 404);
    await made(id);
    const whole = await get(id);
    assert.equal(whole.headers.get("content-type"), "video/mp4");
    const bytes = Buffer.from(await whole.arrayBuffer());
    const part = await get(id, { range: "bytes=100-299" });
    assert.equal(part.status, 206);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(100, 300));
    assert.equal((await get(id, { range: "bytes=999999999-" })).status, 400);

    const copy = path.join(test.place.dataDir, "analyses", id, "playback.mp4");
    const { video, audio } = await probeMedia(copy);
    assert.equal(video?.codec, "h264");
    assert.equal(audio?.codec, "opus");
    assert.deepEqual(
      (await readdir(path.dirname(copy))).filter((name) => name.endsWith(".part")),
      [],
    );

    // Asked again, the same file serves.
    await made(id);
    const again = Buffer.from(await (await get(id)).arrayBuffer());
    assert.equal(sha256(again), sha256(bytes));
    await test.call(deleteAnalysis, { id });
    assert.equal((await get(id)).status, 404);
  });

  it("is refused without the token, for a clip that went, and for a link in its place (S3, S9)", async () => {
    const clip = await makePhotoClip(path.join(test.clips, "gone.mp4"), 1);
    const id = await finished(clip);
    assert.equal((await test.ask(toHttp(getPlayback, { id }).path)).status, 401);
    const outside = path.join(test.place.dataDir, "moved.mp4");
    await rename(clip, outside);
    await assert.rejects(test.call(preparePlayback, { id }), refused("media_not_found"));
    await symlink(outside, clip);
    await assert.rejects(test.call(preparePlayback, { id }), refused("invalid_path"));
  });

  it("tells once why a damaged clip has none, and is tried again afterwards", async () => {
    const clip = await makePhotoClip(path.join(test.clips, "damaged.mp4"), 1);
    const id = await finished(clip);
    await writeFile(clip, Buffer.from("no clip at all, not one byte of it"));
    const attempt = async (): Promise<void> => {
      while (!(await test.call(preparePlayback, { id })).ready) await sleep(20);
    };
    await assert.rejects(attempt(), refused("media_unsupported"));
    await makePhotoClip(clip, 1);
    await attempt();
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether a refused call carries this code. */
function refused(code: string): (error: { body?: { code?: string } }) => boolean {
  return ({ body }) => body?.code === code;
}

describe("the magnified clips of an analysis", () => {
  let models: Models;
  let test: TestDaemon;
  before(async () => {
    models = await openProductModels();
    test = await startTestDaemon({ run: (request, context) => runAnalysis(request, { models, ...context }) });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  it("are served in ranges to who has the token, each face's own and no other file (S3, S9)", async () => {
    const mediaPath = await makePhotoClip(path.join(test.clips, "evm.mp4"), 1);
    const { id } = (await test.call(startAnalysis, { mediaPath, pipeline: "evm" })).analysis;
    while ((await test.call(getAnalysis, { id })).analysis.state !== "done") await sleep(50);
    const headers = { authorization: `Bearer ${test.daemon.token.reveal()}` };
    const at = (track: string) => `/api/analyses/${id}/faces/${track}`;
    assert.equal(toHttp(getFaceClip, { id, track: 1 }).path, at("1"));
    const part = await test.ask(at("1"), { headers: { ...headers, range: "bytes=4-7" } });
    assert.equal(part.status, 206);
    assert.equal(await part.text(), "ftyp");
    assert.equal((await test.ask(at("1"))).status, 401);
    assert.equal((await test.ask(at("99"), { headers })).status, 404);
    assert.equal((await test.ask(at("..%2f..%2fdaemon.json"), { headers })).status, 400);
  });
});
