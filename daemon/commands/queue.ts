import { Command } from "commander";
import { jobName } from "../../shared/jobName.ts";
import { getQueue, listJobs, pauseQueue, resumeQueue, setJobPriority } from "../../shared/protocol/jobs.ts";
import { durationText } from "../../shared/durations.ts";
import { loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import { openDaemonCalls } from "./daemonCalls.ts";
import { printJson, printTable } from "./output.ts";

interface Options {
  dataDir?: string;
  json?: true;
}

/** Of those that wait. */
const nextShown = 10;
const columns = ["queued", "running", "done", "failed", "cancelled", "interrupted"] as const;

/** `edin queue`: what waits and for whom; pause, resume, and what comes first. */
export function queueCommand(): Command {
  const dataDir = ["--data-dir <dir>", "folder of database and results", toAbsolute] as const;
  const queue = new Command("queue").description("Look at the queue, pause and resume it, move jobs in it.");
  queue
    .command("show", { isDefault: true })
    .description("Show how many jobs wait, run and ended, by kind, worker and owner, and what begins next.")
    .option(...dataDir)
    .option("--json", "print JSON")
    .action(show);
  for (const [name, endpoint, what] of [
    ["pause", pauseQueue, "Begin no more jobs of a kind, on no machine; those that run go on."],
    ["resume", resumeQueue, "Begin jobs of a kind again."],
  ] as const)
    queue
      .command(name)
      .description(what)
      .argument("[kind]", "kind of jobs", "analysis")
      .option(...dataDir)
      .action(async (kind: string, options: Options) => {
        await using daemon = await openDaemonCalls(loadConfig({ dataDir: options.dataDir }));
        await daemon.call(endpoint, { kind });
      });
  queue
    .command("move")
    .description("Say how urgent a job is that waits: higher priorities are taken first, 0 is usual.")
    .argument("<id>", "the job")
    .argument("<priority>", "from -100 to 100", Number)
    .option(...dataDir)
    .action(async (id: string, priority: number, options: Options) => {
      await using daemon = await openDaemonCalls(loadConfig({ dataDir: options.dataDir }));
      await daemon.call(setJobPriority, { id, priority });
    });
  return queue;
}

async function show({ dataDir, json }: Options): Promise<void> {
  await using daemon = await openDaemonCalls(loadConfig({ dataDir }));
  const queue = await daemon.call(getQueue, {});
  const { jobs: next } = await daemon.call(listJobs, { order: "next", limit: nextShown });
  const { kinds, workers, owners } = queue;
  if (json) {
    printJson({ ...queue, next });
    return;
  }
  printTable(
    ["KIND", ...columns.map((state) => state.toUpperCase()), "LEFT", ""],
    kinds.map(({ kind, states, paused, secondsLeft }) => [
      kind,
      ...columns.map((state) => String(states[state] ?? 0)),
      durationText(secondsLeft),
      paused ? "paused" : "",
    ]),
  );
  for (const [heading, rows] of [
    [
      ["WORKER", "RUNNING", "DONE", "FAILED"],
      workers.map((one) => [one.worker, one.running, one.done, one.failed]),
    ],
    [["OWNER", "QUEUED"], owners.map(({ owner, queued }) => [owner, queued])],
    [["NEXT", "ID", "OWNER", "PRIORITY"], next.map((job) => [jobName(job), job.id, job.owner, job.priority])],
  ] as const) {
    if (rows.length === 0) continue;
    process.stdout.write("\n");
    printTable(
      heading,
      rows.map((row) => row.map(String)),
    );
  }
}
