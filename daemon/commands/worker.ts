import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import type { Runner } from "../analysis/kind.ts";
import { loadConfig } from "../config.ts";
import { workerName } from "../jobs/worker.ts";
import { createLog } from "../log.ts";
import { toAbsolute } from "./absolute.ts";
import { runUntilStopped } from "./runUntilStopped.ts";
import { toCount } from "./serve.ts";

interface Options {
  dataDir?: string;
  jobs?: number;
}

/** `edin worker`: takes analyses from a shared database, as many machines as there are. */
export function workerCommand(): Command {
  return new Command("worker")
    .description(
      "Run analyses of the PostgreSQL server that EDIN_DATABASE_URL names, until stopped. SIGUSR2 lets it end what it runs and begin no more.",
    )
    .option(
      "--data-dir <dir>",
      "a folder for work under way; that of the daemon, shared, where it takes no results over the network",
      toAbsolute,
    )
    .option(
      "--jobs <n>",
      "analyses at a time (default: what cores and memory carry; each takes two cores)",
      toCount,
    )
    .action(work);
}

async function work({ dataDir, jobs: atOnce }: Options): Promise<void> {
  const config = loadConfig({ dataDir, concurrency: atOnce });
  if (config.databaseUrl === undefined) {
    throw new AppError(
      "invalid_config",
      "A worker needs a database that several machines share. Set EDIN_DATABASE_URL to its postgres:// address.",
    );
  }
  const log = createLog(config.logLevel);
  log.hide(config.databaseUrl);
  const { openStore } = await import("../store/store.ts");
  const { openJobs } = await import("../openJobs.ts");
  const { createRunner } = await import("../analysis/runner.ts");

  await using runner = createRunner(config, log);
  await using store = await openStore(config, log);
  const run: Runner = (request, context) => runner.run(request, context);
  const { jobs } = await openJobs(store, config, run, log, { recover: false, worker: true });
  await using working = jobs;
  working.start();
  const stopped = runUntilStopped(log);
  log.info("working", { worker: workerName });
  const drained = new Promise<void>((resolve) => {
    // Not there on Windows.
    if (process.platform !== "win32") process.once("SIGUSR2", () => resolve());
  }).then(async () => {
    log.info("draining", { worker: workerName });
    await jobs.drain();
  });
  await Promise.race([stopped, drained]);
}
