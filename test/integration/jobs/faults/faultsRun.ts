/**
 * Machines that fail: PostgreSQL, two daemons and three workers, each a host with an address of its own (namespaces), a queue of
 * clips that only the daemon's host has, and one fault after another. In namespaces of its own, as root, after `node build.mjs`:
 * `unshare --net --mount node --import=tsx test/integration/jobs/faults/faultsRun.ts` with {@link Faults} as JSON on standard
 * input. The last line on standard output is a {@link FaultsReport}.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { chown, copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { loadConfig } from "../../../../daemon/config.ts";
import { createLog } from "../../../../daemon/log.ts";
import { openJobs } from "../../../../daemon/openJobs.ts";
import { openStore } from "../../../../daemon/store/store.ts";
import type { Job } from "../../../../shared/protocol/jobs.ts";
import { until } from "../../../support/until.ts";
import { Host, type HostProcess } from "./host.ts";

export interface Faults {
  /** Empty. */
  readonly folder: string;
  readonly clip: string;
  readonly clips: number;
  /** How long a worker is cut off. */
  readonly cutMs: number;
  readonly jobs: Record<string, number>;
  /** The library that shifts a clock; absent: no clock is shifted. */
  readonly faketime?: string | undefined;
  readonly patienceMs: number;
}

export interface FaultsReport {
  readonly daemonsStarted: number;
  /** Jobs by state in the end. */
  readonly states: Record<string, number>;
  /** Of the lines of every result: hashes, and how many jobs have them. */
  readonly hashes: Record<string, number>;
  /** The same clip on one machine without a database. */
  readonly alone: string;
  /** Names in the folder of results that are no job's. */
  readonly strays: string[];
  /** Jobs that more than one process says it brought to their end. */
  readonly endedTwice: string[];
  /** Jobs by the number of runs that they took. */
  readonly runs: Record<string, number>;
  readonly givenBack: number;
  /** Jobs that each worker brought to their end. */
  readonly doneBy: Record<string, number>;
  /** Runs that were lost to another one: a line each in the log of whoever lost it. */
  readonly lost: string[];
  readonly seconds: Record<string, number>;
}

const run = promisify(execFile);
const edin = path.resolve(import.meta.dirname, "../../../../dist/edin.js");
const { folder, clip, clips, cutMs, jobs, faketime, patienceMs } = JSON.parse(
  readFileSync(0, "utf8"),
) as Faults;
const database = "postgres://postgres@10.77.0.2:5432/postgres";
const at = (...parts: string[]) => path.join(folder, ...parts);
const seconds: Record<string, number> = {};
const since = (startedAt: number) => Math.round((Date.now() - startedAt) / 100) / 10;
const say = (text: string) => process.stderr.write(`${text}\n`);
/** Observations that go on while the next fault is made; one that is not made by the end has no figure. */
const observed: Promise<void>[] = [];
let over = false;
function observe(what: string, startedAt: number, condition: () => boolean | Promise<boolean>): void {
  const look = async () => {
    while (!over && !(await condition())) await sleep(100);
    if (!over) seconds[what] = since(startedAt);
  };
  observed.push(look());
}

await Host.bridge();
await using databaseHost = await Host.join(2);
await using daemonHost = await Host.join(3);
await using otherHost = await Host.join(4);
const workerHosts = [await Host.join(11), await Host.join(12), await Host.join(13), await Host.join(14)];
try {
  const report = await breakThings();
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  for (const host of workerHosts) await host[Symbol.asyncDispose]();
}

async function breakThings(): Promise<FaultsReport> {
  await mkdir(at("clips"));
  for (let n = 0; n < clips; n += 1) await copyFile(clip, at("clips", `clip-${n}.mp4`));
  const postgres = await startPostgres(true);

  const startedAt = Date.now();
  const daemons = [
    await startEdin(daemonHost, "daemon", [
      "serve",
      "--root",
      at("clips"),
      "--workers",
      "10.77.0.3:4138",
      "--jobs",
      "1",
    ]),
    await startEdin(otherHost, "other", ["serve", "--jobs", "1"]),
  ];
  const listens = ({ lines }: HostProcess) => lines.some((line) => line.startsWith("EDIN listens"));
  await until(() => daemons.every(listens), patienceMs, "two daemons");
  seconds["two daemons start on an empty database"] = since(startedAt);
  const daemonsStarted = daemons.filter(listens).length;
  daemons[1]!.child.kill("SIGTERM");
  await daemons[1]!.ended;

  const config = loadConfig({ dataDir: at("here"), databaseUrl: database, jobs, logLevel: "error" }, {});
  const log = createLog("error");
  await using store = await openStore(config, log);
  const queue = await openJobs(store, config, () => Promise.reject(new Error("none here")), log, {
    recover: false,
  });
  const list = async (state?: Job["state"]) => {
    const all: Job[] = [];
    for (let before: string | undefined; ; before = all.at(-1)!.createdAt) {
      const page = await queue.jobs.list({ limit: 200, ...(state && { state }), ...(before && { before }) });
      all.push(...page);
      if (page.length < 200) return all;
    }
  };
  const runningOn = (worker: HostProcess) =>
    until(
      async () =>
        (await list("running").catch(() => [])).find((job) => job.worker?.endsWith(`:${worker.child.pid}`)),
      patienceMs,
      "a job of a worker",
    );

  const workers: HostProcess[] = [];
  for (const n of [0, 1, 2]) workers.push(await startWorker(n));
  const [killed, cut, full] = workers as [HostProcess, HostProcess, HostProcess];
  for (let n = 0; n < clips; n += 1)
    await queue.analyses.start({
      mediaPath: at("clips", `clip-${n}.mp4`),
      pipeline: "multimodal",
      config: {},
    });
  const queuedAt = Date.now();
  const goesOnElsewhere = async (job: Job) => {
    const now = await queue.jobs.get(job.id).catch(() => undefined);
    return now?.state === "done" || (now?.state === "running" && now.worker !== job.worker);
  };
  /** The worker brings a job to its end that it began from now on. */
  const worksAgain = ({ lines }: HostProcess) => {
    const from = lines.length;
    return () => {
      const later = lines.slice(from);
      const begun = later.filter((line) => line.includes('"job_begun"')).map(jobOf);
      return later.some((line) => isDone(line) && begun.includes(jobOf(line)));
    };
  };

  say("a disk is full");
  const givenBack = () => full.lines.filter((line) => line.includes('"job_given_back"')).length;
  await until(() => givenBack() > 0, patienceMs, "a job that is given back");
  const first = jobOf(full.lines.find((line) => line.includes('"job_given_back"'))!);
  observe("full disk: the job that was given back is done elsewhere after", Date.now(), async () => {
    return (await queue.jobs.get(first).catch(() => undefined))?.state === "done";
  });

  say("a worker is killed");
  const victim = await runningOn(killed);
  killed.child.kill("SIGKILL");
  const killedAt = Date.now();
  observe("killed worker: its job runs elsewhere after", killedAt, () => goesOnElsewhere(victim));

  say("a worker is cut off");
  const cutOff = await runningOn(cut);
  await workerHosts[1]!.cut();
  observe("worker cut off: its job runs elsewhere after", Date.now(), () => goesOnElsewhere(cutOff));
  workers.push(await startWorker(3));
  await sleep(cutMs);
  await workerHosts[1]!.mend();
  const mendedAt = Date.now();
  observe("worker back, its clock five minutes ahead: it has done a job after", mendedAt, worksAgain(cut));
  await until(() => goesOnElsewhere(victim), patienceMs, "the job of the killed worker");

  say("PostgreSQL is started anew");
  postgres.child.kill("SIGINT");
  await postgres.ended;
  await sleep(1000);
  await startPostgres(false);
  const backAt = Date.now();
  await until(async () => (await list().catch(() => [])).length > 0, patienceMs, "the database");
  const doneThen = (await list("done")).length;
  await until(
    async () => (await list("done")).length > doneThen || doneThen === clips,
    patienceMs,
    "work that goes on",
  );
  seconds["PostgreSQL back: the next job is done after"] = since(backAt);

  say("the full disk gets room");
  await workerHosts[2]!.do("rm", at("worker-2", "filler"));
  observe("disk with room: its worker has done a job after", Date.now(), worksAgain(full));
  const open = async () =>
    (await list().catch(() => [])).filter(({ state }) => state === "queued" || state === "running");
  await until(
    async () => (await list("done").catch(() => [])).length === clips || (await open()).length === 0,
    patienceMs,
    "the end",
  );
  seconds["all done after"] = since(queuedAt);
  seconds["all done after the cable was back"] = since(mendedAt);
  // Whoever lost a job is to have said so.
  await sleep(jobs["pollMs"]! * 3);
  over = true;
  await Promise.all(observed);

  const all = await list();
  const results = await Promise.all(all.map(({ id }) => hashOf(at("daemon", "analyses", id))));
  const doing = { daemon: daemons[0]!, killed, cut, full, fourth: workers[3]! };
  const doneBy = (worker: HostProcess) => worker.lines.filter(isDone).map(jobOf);
  const ended = Object.values(doing).flatMap(doneBy);
  const lost = Object.values(doing).flatMap(({ lines }) =>
    lines
      .filter((line) => line.includes('"job_lost"'))
      .map((line) => {
        const { job, run: number } = JSON.parse(line) as { job: string; run: number };
        return `${job} ${number}`;
      }),
  );
  const names = await readdir(at("daemon", "analyses"));
  const { rows } = await runsOf(store.db);
  return {
    daemonsStarted,
    states: count(all.map(({ state }) => state)),
    hashes: count(results),
    alone: await alone(),
    strays: names.filter((name) => !all.some(({ id }) => id === name)),
    endedTwice: ended.filter((job, i) => ended.indexOf(job) !== i),
    runs: count(rows.map(({ run: n }) => String(n))),
    givenBack: givenBack(),
    doneBy: Object.fromEntries(Object.entries(doing).map(([name, one]) => [name, doneBy(one).length])),
    lost,
    seconds,
  };
}

function jobOf(line: string): string {
  return (JSON.parse(line) as { job: string }).job;
}

function isDone(line: string): boolean {
  return line.includes('"job_ended"') && line.includes('"state":"done"');
}

function count(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

async function runsOf(db: Awaited<ReturnType<typeof openStore>>["db"]) {
  return { rows: await db.selectFrom("jobs").select("run").execute() };
}

/** What the lines of a result say, whatever the clip is called. */
function hashOf(results: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of ["frames.jsonl", "speech.jsonl", "fused.jsonl", "mel.jsonl"]) {
    const file = path.join(results, name);
    hash.update(existsSync(file) ? readFileSync(file) : `no ${name}`);
  }
  return Promise.resolve(hash.digest("hex").slice(0, 16));
}

async function alone(): Promise<string> {
  const out = at("alone");
  const args = ["analyze", at("clips", "clip-0.mp4"), "--pipeline", "multimodal", "--out", out];
  await run(process.execPath, [edin, ...args], {
    env: { PATH: process.env["PATH"], EDIN_DATA_DIR: at("alone-data") },
  });
  const [inner] = readdirSync(out).includes("frames.jsonl")
    ? [out]
    : readdirSync(out).map((name) => path.join(out, name));
  return hashOf(inner!);
}

async function startEdin(
  host: Host,
  name: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<HostProcess> {
  await mkdir(at(name), { recursive: true });
  if (!name.startsWith("worker")) await writeFile(at(name, "config.json"), JSON.stringify({ jobs }));
  return host.start([process.execPath, edin, ...args, "--data-dir", at(name)], {
    EDIN_DATABASE_URL: database,
    ...env,
  });
}

/** One without the clips; the second with a clock of its own, the third with a disk that is full. */
async function startWorker(n: number): Promise<HostProcess> {
  const host = workerHosts[n]!;
  const name = `worker-${n}`;
  await mkdir(at(name));
  await host.do("mount", "-t", "tmpfs", "none", at("clips"));
  if (n === 2) await host.do("mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "none", at(name));
  await host.do("sh", "-c", `printf '%s' '${JSON.stringify({ jobs })}' > '${at(name, "config.json")}'`);
  if (n === 2)
    await host.do(
      "sh",
      "-c",
      `head -c 2m /dev/zero > '${at(name, "filler")}'; head -c 2m /dev/zero >> '${at(name, "filler")}' || true`,
    );
  const clock =
    n === 1 && faketime !== undefined
      ? { LD_PRELOAD: faketime, FAKETIME: "+5m", FAKETIME_DONT_FAKE_MONOTONIC: "1" }
      : undefined;
  const worker = await startEdin(host, name, ["worker", "--jobs", "1"], clock);
  const works = () => worker.lines.some((line) => line.includes('"working"'));
  await until(() => works() || worker.child.exitCode !== null, patienceMs, name);
  if (!works()) throw new Error(`${name} did not start:\n${worker.lines.join("\n")}`);
  return worker;
}

async function startPostgres(fresh: boolean): Promise<HostProcess> {
  const bin = readdirSync("/usr/lib/postgresql")
    .sort()
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .at(-1)!;
  const { stdout } = await run("sh", ["-c", "id -u postgres && id -g postgres"]);
  const [uid, gid] = stdout.trim().split("\n").map(Number) as [number, number];
  const as = ["setpriv", "--reuid", String(uid), "--regid", String(gid), "--clear-groups"];
  const data = at("postgres", "data");
  if (fresh) {
    await mkdir(at("postgres"));
    await chown(at("postgres"), uid, gid);
    await run(as[0]!, [...as.slice(1), `${bin}/initdb`, "-D", data, "-U", "postgres", "--auth=trust"], {
      cwd: "/",
    });
    appendFileSync(path.join(data, "pg_hba.conf"), "host all all 10.77.0.0/24 trust\n");
  }
  const settings = ["-c", "listen_addresses=10.77.0.2", "-c", "unix_socket_directories=", "-c", "fsync=off"];
  const postgres = databaseHost.start([...as, `${bin}/postgres`, "-D", data, ...settings]);
  await until(
    () => postgres.lines.some((line) => line.includes("ready to accept connections")),
    patienceMs,
    "PostgreSQL",
  );
  return postgres;
}

await rm(at("clips"), { recursive: true, force: true });
