import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { readDiscovery } from "../../../daemon/http/discovery.ts";
import { createLog } from "../../../daemon/log.ts";
import { Jobs } from "../../../daemon/store/jobs.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { openJobs } from "../../../daemon/openJobs.ts";
import { deleteAnalysis, listAnalyses, startAnalysis } from "../../../shared/protocol/analyses.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { databases } from "../databases.ts";
import { withToken } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

const rounds = 20;

for (const database of databases) {
  describe(`S17 kill -9 at random points, ${rounds} rounds, on ${database.name}`, () => {
    it("loses nothing that was acknowledged, leaves nothing half-written and no process", async function () {
      this.timeout(600_000);
      await using place = await database.make();
      const { dataDir } = place;
      const clips = path.join(dataDir, "clips");
      await mkdir(clips);
      await writeFile(path.join(clips, "clip.mp4"), "clip");
      const random = seededRandom(20);
      const started = new Set<string>();
      const deleted = new Set<string>();
      /** A deletion that was asked for and not answered may have happened or not. */
      const perhapsDeleted = new Set<string>();

      for (let round = 0; round < rounds; round += 1) {
        const child = await startChild(dataDir, clips, place.databaseUrl);
        const daemon = await readDiscovery(dataDir);
        assert.ok(daemon !== undefined);
        assert.equal(daemon.pid, child.pid);
        let answered = (): void => undefined;
        const firstAnswer = new Promise<void>((resolve) => (answered = resolve));
        const work = (async () => {
          for (;;) {
            const pieces = 1 + Math.floor(random() * 10);
            const body = await call(
              daemon.url,
              ...withToken(
                startAnalysis,
                { mediaPath: path.join(clips, "clip.mp4"), config: { pieces } },
                daemon.token.reveal(),
              ),
            );
            started.add((body as { analysis: { id: string } }).analysis.id);
            answered();
            const known = [...started].filter((id) => !deleted.has(id) && !perhapsDeleted.has(id));
            if (random() > 0.3 || known.length === 0) continue;
            const id = known[Math.floor(random() * known.length)]!;
            perhapsDeleted.add(id);
            await call(daemon.url, ...withToken(deleteAnalysis, { id }, daemon.token.reveal()));
            perhapsDeleted.delete(id);
            deleted.add(id);
          }
        })().catch(() => undefined);
        // Mostly in the middle of work, sometimes before anything was answered.
        if (round % 4 !== 0) await Promise.race([firstAnswer, work]);
        await new Promise((resolve) => setTimeout(resolve, random() * 500));
        child.kill("SIGKILL");
        await once(child, "exit");
        await work;
      }

      // The next daemon goes on with what waited.
      const child = await startChild(dataDir, clips, place.databaseUrl);
      const daemon = (await readDiscovery(dataDir))!;
      const finished = () =>
        call(daemon.url, ...withToken(listAnalyses, { state: "done" }, daemon.token.reveal()));
      await until(async () => ((await finished()) as { analyses: unknown[] }).analyses.length > 0, 120_000);
      child.kill("SIGKILL");
      await once(child, "exit");

      const config = place.config();
      const log = createLog("error");
      await using store = await openStore(config, log, { exclusive: true });
      // Nothing is started: this only cleans up what the last kill left.
      await openJobs(store, config, () => Promise.reject(new Error("not run")), log);
      const rows = new Map(
        (await store.db.selectFrom("analyses").selectAll().execute()).map((row) => [row.id, row]),
      );
      assert.ok(started.size >= rounds / 2, `${started.size} were started`);
      assert.ok(deleted.size + perhapsDeleted.size > 0);
      for (const id of started) {
        if (deleted.has(id)) assert.ok(!rows.has(id), "what was deleted came back");
        else assert.ok(rows.has(id) || perhapsDeleted.has(id), "what was acknowledged is lost");
      }
      const folders = new Set(await readdir(path.join(dataDir, "analyses")));
      for (const folder of folders) {
        const id = folder.replace(/^\.run-(.{36})-\d+$/, "$1");
        const state = rows.get(id)?.state;
        // On a shared database the worker of a running analysis counts as alive until it was silent for a while.
        const unsure = place.databaseUrl !== undefined && state === "running";
        assert.ok(unsure || (folder === id && state === "done"), `${folder} is an orphan: ${state}`);
      }
      let done = 0;
      for (const [id, { state, config: asked }] of rows) {
        if (state !== "done") continue;
        done += 1;
        const lines = (await readFile(path.join(dataDir, "analyses", id, "frames.jsonl"), "utf8")).split(
          "\n",
        );
        assert.equal(lines.length - 1, asked["pieces"], "half a result");
      }
      assert.ok(done > 0);
      // What still waits would be run by the next daemon.
      const queued = [...rows.values()].filter(({ state }) => state === "queued").length;
      const jobs = new Jobs(store.db);
      let taken = 0;
      while ((await jobs.claim("test", "analysis")) !== undefined) taken += 1;
      assert.equal(taken, queued);
      assert.deepEqual(
        (await readdir(dataDir)).filter((name) => /\.tmp$|\.new$/.test(name)),
        [],
      );
    });
  });
}

async function startChild(dataDir: string, clips: string, databaseUrl = ""): Promise<ChildProcess> {
  const script = path.join(import.meta.dirname, "crashDaemon.ts");
  const child = spawn(process.execPath, ["--import=tsx", script, dataDir, clips], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(databaseUrl);
  await once(child.stdout, "data");
  return child;
}

async function call(url: string, target: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url + target, init);
  const body: unknown = await response.json();
  assert.ok(response.ok, JSON.stringify(body));
  return body;
}
