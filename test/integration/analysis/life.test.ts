import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { io, type Socket } from "socket.io-client";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import { AppError } from "../../../shared/errors.ts";
import {
  cancelAnalysis,
  deleteAnalysis,
  getAnalysis,
  getResult,
  listAnalyses,
  retryAnalysis,
  startAnalysis,
  type AnalysisRecord,
} from "../../../shared/protocol/analyses.ts";
import type { JobState } from "../../../shared/protocol/jobs.ts";
import type { ClientEvents, Reply, ServerEvents } from "../../../shared/protocol/socket.ts";
import { databases } from "../databases.ts";
import { endlessRun, quickRun, daemonOfSuite, type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";
import { writeFrames } from "./frames.ts";

/** Does what the analysis' configuration asks for. */
const anyRun: Runner = async (request, context) => {
  if (request.config["run"] === "endless") return endlessRun(request, context);
  if (request.config["run"] === "fail") throw new AppError("no_video", "The file has no picture.");
  if (request.config["run"] === "crash") throw new Error("the inside of the daemon");
  await writeFrames(request.outDir, 200);
  return quickRun(request, context);
};

for (const database of databases) {
  describe(`the life of an analysis on ${database.name}`, () => {
    let test: TestDaemon;
    const restart = daemonOfSuite(database, anyRun, (started) => (test = started));
    const start = async (run: string) =>
      (
        await test.call(startAnalysis, {
          mediaPath: path.join(test.clips, "clip.mp4"),
          config: { run },
        })
      ).analysis;
    const reaches = (id: string, state: JobState) =>
      until(async () => {
        const { analysis } = await test.call(getAnalysis, { id });
        return analysis.state === state && analysis;
      });
    const folders = async () => (await readdir(path.join(test.place.dataDir, "analyses"))).toSorted();

    it("runs from `queued` to `done`, and its files are there all at once", async () => {
      const { id, state, mediaName } = await start("quick");
      assert.deepEqual([state, mediaName], ["queued", "clip.mp4"]);
      const done = await reaches(id, "done");
      assert.equal(done.progress?.frames, 25);
      assert.ok(done.startedAt && done.finishedAt && done.startedAt <= done.finishedAt);
      const asked = JSON.parse(
        await readFile(path.join(test.place.dataDir, "analyses", id, "asked.json"), "utf8"),
      ) as { mediaPath: string };
      assert.equal(asked.mediaPath, path.join(test.clips, "clip.mp4"));
      assert.deepEqual(await folders(), [id]);
    });

    it("says why an analysis failed, and hides what is inside the daemon", async () => {
      const failed = await reaches((await start("fail")).id, "failed");
      assert.deepEqual(failed.failure, { code: "no_video", message: "The file has no picture." });
      const crashed = await reaches((await start("crash")).id, "failed");
      assert.equal(crashed.failure?.code, "internal");
      assert.ok(!crashed.failure.message.includes("inside of the daemon"));
      assert.ok(test.lines.some((line) => line.includes("the inside of the daemon")));
      assert.ok(!(await folders()).includes(failed.id));
    });

    it("cancels what runs and what waits, one at a time running, and retries", async () => {
      const first = await start("endless");
      await reaches(first.id, "running");
      const second = await start("endless");
      assert.equal((await test.call(getAnalysis, { id: second.id })).analysis.state, "queued");
      assert.equal((await test.call(cancelAnalysis, { id: second.id })).analysis.state, "cancelled");
      await test.call(cancelAnalysis, { id: first.id });
      await reaches(first.id, "cancelled");
      await assert.rejects(test.call(getResult, { id: first.id }), { status: 409 });
      assert.ok((await folders()).every((name) => !name.includes(first.id)));
      await test.call(retryAnalysis, { id: first.id });
      await reaches(first.id, "running");
      await assert.rejects(test.call(retryAnalysis, { id: first.id }), { status: 409 });
      await test.call(cancelAnalysis, { id: first.id });
      await reaches(first.id, "cancelled");
    });

    it("deletes a running analysis with everything that it wrote", async () => {
      const { id } = await start("endless");
      await reaches(id, "running");
      await test.call(deleteAnalysis, { id });
      await assert.rejects(test.call(getAnalysis, { id }), { status: 404 });
      assert.ok((await folders()).every((name) => !name.includes(id)));
      assert.ok((await test.call(listAnalyses, {})).analyses.every((analysis) => analysis.id !== id));
    });

    it("tells sockets what happens, progress to those who watch, and always answers", async () => {
      const socket: Socket<ServerEvents, ClientEvents> = io(test.daemon.url, {
        transports: ["websocket"],
        reconnection: false,
        extraHeaders: {
          authorization: `Bearer ${test.daemon.token.reveal()}`,
          origin: test.daemon.url,
        },
      });
      const watch = async (id: string) =>
        (await socket.timeout(5000).emitWithAck("analysis:watch", { id })) as Reply<{
          analysis: AnalysisRecord;
        }>;
      try {
        const states: string[] = [];
        const progress: string[] = [];
        socket.on("analysis:changed", ({ analysis }) => states.push(`${analysis.id} ${analysis.state}`));
        socket.on("analysis:progress", ({ id }) => progress.push(id));
        await new Promise<void>((resolve, reject) => {
          socket.on("connect", resolve);
          socket.on("connect_error", reject);
        });
        const { id } = await start("endless");
        await until(() => Promise.resolve(states.includes(`${id} running`)));
        const next = await start("quick");
        const watched = await watch(next.id);
        assert.ok(watched.ok && watched.analysis.state === "queued");
        await test.call(cancelAnalysis, { id });
        await until(() => Promise.resolve(states.includes(`${next.id} done`)));
        assert.ok(states.includes(`${id} cancelled`));
        assert.deepEqual([...new Set(progress)], [next.id]);

        const unknown = await watch(id);
        assert.ok(unknown.ok);
        const wrong = await watch("../etc");
        assert.ok(!wrong.ok && wrong.code === "invalid_request");
        const loose = socket as unknown as {
          timeout(ms: number): { emitWithAck(event: string, ...values: unknown[]): Promise<unknown> };
        };
        for (const event of ["nothing", "__proto__", "constructor"]) {
          const answer = (await loose.timeout(5000).emitWithAck(event, {})) as { ok: boolean };
          assert.equal(answer.ok, false);
        }
      } finally {
        socket.disconnect();
      }
    });

    it("reports what ran as interrupted when the daemon ends, and goes on with what waited", async () => {
      const running = await start("endless");
      await reaches(running.id, "running");
      const waiting = await start("quick");
      await test.daemon[Symbol.asyncDispose]();
      await restart();
      const interrupted = (await test.call(getAnalysis, { id: running.id })).analysis;
      assert.deepEqual([interrupted.state, interrupted.failure?.code], ["interrupted", "interrupted"]);
      await reaches(waiting.id, "done");
      assert.ok((await folders()).every((name) => !name.startsWith(".")));
    });
  });
}
