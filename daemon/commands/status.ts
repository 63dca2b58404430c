import { Command } from "commander";
import { durationText, secondsLeft } from "../../shared/durations.ts";
import { getQueue, listJobs, type Job } from "../../shared/protocol/jobs.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import { loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import { openDaemonCalls } from "./daemonCalls.ts";
import { printJson, printTable } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  dataDir?: string;
  json?: true;
}

/** `edin status`: what the daemon does, and what waits. */
export function statusCommand(): Command {
  return new Command("status")
    .description(
      "Show what the daemon of a data folder does: jobs that run, with their workers, and how many wait.",
    )
    .option("--data-dir <dir>", "folder of database and results", toAbsolute)
    .option("--json", "print JSON")
    .action(show);
}

async function show({ dataDir, json }: Options): Promise<void> {
  await using daemon = await openDaemonCalls(loadConfig({ dataDir }));
  const status = await daemon.call(getStatus, {});
  const { jobs: running } = await daemon.call(listJobs, { state: "running", limit: 200 });
  if (json) {
    printJson({ ...status, jobs: running });
    return;
  }
  const { version, pid, startedAt, database, device, queue, capacity } = status;
  process.stdout.write(
    `EDIN ${version}, process ${pid} since ${startedAt}, database ${database}, device ${device}\n` +
      `${queue.running} running, ${queue.queued} waiting; ${counted(capacity.analyses, "analysis", "analyses")} at a time (${capacity.why})\n`,
  );
  if (running.length === 0) return;
  // The clock of the database, which the times of jobs are of.
  const nowMs = Date.parse((await daemon.call(getQueue, {})).now);
  process.stdout.write("\n");
  printTable(
    ["KIND", "ID", "DONE", "PROGRESS", "LEFT", "WORKER"],
    running.map((job) => [
      ...[job.kind, job.id, share(job), job.progress?.text ?? ""],
      ...[durationText(secondsLeft(job, nowMs)), job.worker ?? ""],
    ]),
  );
}

const share = ({ progress }: Job): string =>
  progress?.share === undefined ? "" : `${Math.round(100 * progress.share)} %`;
