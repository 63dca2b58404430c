import { sql } from "kysely";
import os from "node:os";
import path from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { loadConfig } from "../../daemon/config.ts";
import { Sparing } from "../../daemon/jobs/sparing.ts";
import { createLog } from "../../daemon/log.ts";
import { Jobs } from "../../daemon/store/jobs.ts";
import { openStore } from "../../daemon/store/store.ts";
import { figure, type Figure } from "./report.ts";

const jobsInQueue = 100_000;
const owners = 20;
const asks = 200;

/**
 * A queue of 100,000 jobs of 20 owners: the 95th percentile of what is asked of it, milliseconds, on the embedded database
 * and, where EDIN_TEST_DATABASE_URL names a server, there.
 */
export async function benchQueue(): Promise<Figure[]> {
  const server = process.env["EDIN_TEST_DATABASE_URL"];
  return [...(await measure(undefined)), ...(server === undefined ? [] : await measure(server))];
}

async function measure(databaseUrl: string | undefined): Promise<Figure[]> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), "edin-queue-"));
  const log = createLog("error");
  const where = databaseUrl === undefined ? "embedded" : "PostgreSQL";
  try {
    await using store = await openStore(loadConfig({ dataDir, databaseUrl }, {}), log);
    const jobs = new Jobs(store.db);
    await sql`
      insert into jobs (id, kind, state, request, created_at, queued_at, owner, priority)
      select gen_random_uuid(), 'analysis', 'queued', jsonb_build_object('mediaPath', '/clips/' || i || '.mp4'),
             now() - i * interval '1 second', now() - i * interval '1 second', 'owner ' || i % ${owners}, 0
      from generate_series(1, ${jobsInQueue}) i`.execute(store.db);
    await sql`analyze jobs`.execute(store.db);
    const ids = (await store.db.selectFrom("jobs").select("id").limit(asks).offset(500).execute()).map(
      ({ id }) => id,
    );
    const counts = new Sparing(() => jobs.overview());
    const deep = new Date(Date.now() - 50_000_000).toISOString();
    const work: Record<string, (i: number) => Promise<unknown>> = {
      enqueue: (i) => jobs.add({ kind: "analysis", request: { i }, owner: `owner ${i % owners}` }),
      claim: () => jobs.claim("bench", "analysis"),
      "first page": () => jobs.list({ kind: "analysis", limit: 50 }),
      "page in the middle": () => jobs.list({ kind: "analysis", before: deep, limit: 50 }),
      "page of all kinds": () => jobs.list({ limit: 50 }),
      "those that come next": () => jobs.next("analysis", { skip: 0, limit: 50 }),
      "the whole counted": () => jobs.overview(),
      "the whole, as pages ask": () => {
        counts.changed();
        return counts.get();
      },
      "what waits counted": () => jobs.count("analysis"),
      "what runs": () => jobs.list({ state: "running", limit: 200 }),
      cancel: (i) => jobs.cancel(ids[i]!),
    };
    const figures: Figure[] = [];
    for (const [name, ask] of Object.entries(work)) {
      const times: number[] = [];
      const before = process.cpuUsage();
      for (let i = 0; i < asks; i++) {
        const start = performance.now();
        await ask(i);
        times.push(performance.now() - start);
      }
      // The embedded database computes in this process.
      const { user, system } = process.cpuUsage(before);
      times.sort((a, b) => a - b);
      figures.push(figure("queue", `ms, p95 of ${name}, ${where}`, [times[Math.floor(0.95 * asks)]!]));
      figures.push(
        figure("queue", `ms of this process' time, mean of ${name}, ${where}`, [
          (user + system) / 1000 / asks,
        ]),
      );
    }
    return figures;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
