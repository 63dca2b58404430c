import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { readDiscovery } from "../../../daemon/http/discovery.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { getAnalysis, getResult, retryAnalysis } from "../../../shared/protocol/analyses.ts";
import { getLive, startLive } from "../../../shared/protocol/live.ts";
import type { Endpoint } from "../../../shared/protocol/endpoint.ts";
import type * as z from "zod";
import { makePhotoClip } from "../../support/photoClip.ts";
import { makePlace, type Place } from "../databases.ts";
import { withToken } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

describe("S17 kill -9 of the daemon in the middle of a live recording", () => {
  let place: Place;
  before(async () => {
    place = await makePlace();
  });
  after(() => place[Symbol.asyncDispose]());

  it("leaves no process and a recording that plays; the next daemon offers to analyse it", async () => {
    const clips = path.join(place.dataDir, "clips");
    await mkdir(clips);
    const clip = await makePhotoClip(path.join(clips, "clip.mp4"), 20);
    const first = await startDaemon(place.dataDir, clips);
    const { session } = await first.call(startLive, { source: { kind: "file", path: clip }, record: true });
    const look = async () => (await first.call(getLive, { id: session.id })).session;
    await until(async () => (await look()).stats.framesRecorded > 30, 60_000);
    const { recording } = await look();
    const family = await descendants(first.child.pid!);
    assert.ok(family.length >= 3, `the run, a decoder and a recorder: ${family.length}`);

    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    await until(async () => (await alive(family)).length === 0, 15_000);
    const media = await probeMedia(recording!.path);
    assert.ok(media.durationMs > 1000 && media.video && media.audio, JSON.stringify(media));

    const next = await startDaemon(place.dataDir, clips);
    try {
      const { analysis } = await next.call(getAnalysis, { id: session.id });
      assert.deepEqual([analysis.state, analysis.failure?.code], ["interrupted", "interrupted"]);
      assert.equal(analysis.mediaPath, recording!.path);
      await next.call(retryAnalysis, { id: session.id });
      const state = async () => (await next.call(getAnalysis, { id: session.id })).analysis.state;
      await until(async () => ["done", "failed"].includes(await state()), 90_000);
      const { result } = await next.call(getResult, { id: session.id });
      assert.ok(result.summary.framesWithFace > 10);
    } finally {
      next.child.kill("SIGTERM");
      await once(next.child, "exit");
    }
  });
});

async function startDaemon(dataDir: string, clips: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ["--import", "tsx", "daemon/main.ts", "serve", "--data-dir", dataDir, "--root", clips],
    { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, EDIN_LOG_LEVEL: "error" } },
  );
  await once(child.stdout!, "data");
  const { url, token } = (await readDiscovery(dataDir))!;
  return {
    child,
    async call<Q extends z.ZodObject, R extends z.ZodType>(
      endpoint: Endpoint<Q, R>,
      request: z.input<Q>,
    ): Promise<z.output<R>> {
      const [target, init] = withToken(endpoint, request, token.reveal());
      const response = await fetch(url + target, init);
      const body: unknown = await response.json();
      assert.ok(response.ok, JSON.stringify(body));
      return endpoint.response.parse(body);
    },
  };
}

/** Children of a process and theirs (Linux). */
async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const children = text.split(" ").filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** Those that still run; one that waits for its parent to notice is gone. */
async function alive(pids: readonly number[]): Promise<number[]> {
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)),
  );
  return pids.filter((_, i) => stats[i] !== undefined && !/\) Z /.test(stats[i]));
}
