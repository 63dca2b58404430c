import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { toAbsolute } from "./absolute.ts";
import { runUntilStopped } from "./runUntilStopped.ts";

interface Options {
  dataDir?: string;
}

/** `edin worker`: takes analyses from a shared database, as many machines as there are. */
export function workerCommand(): Command {
  return new Command("worker")
    .description("Run analyses of the PostgreSQL server that EDIN_DATABASE_URL names, until stopped.")
    .option("--data-dir <dir>", "the folder of the results, shared with the daemon", toAbsolute)
    .action(work);
}

async function work({ dataDir }: Options): Promise<void> {
  const config = loadConfig({ dataDir });
  if (config.databaseUrl === undefined) {
    throw new AppError(
      "invalid_config",
      "A worker needs a database that several machines share. Set EDIN_DATABASE_URL to its postgres:// address.",
    );
  }
  const log = createLog(config.logLevel);
  log.hide(config.databaseUrl);
  const { openStore } = await import("../store/store.ts");
  const { Analyses } = await import("../store/analyses.ts");
  const { Roots } = await import("../store/roots.ts");
  const { AnalysisWorker } = await import("../analysis/worker.ts");
  const { sharedPollMs } = await import("../analysis/others.ts");
  const { createRunner } = await import("../analysis/runner.ts");

  await using runner = createRunner(config);
  await using store = await openStore(config, log);
  await using worker = new AnalysisWorker({
    analyses: new Analyses(store),
    roots: new Roots(store.db),
    dataDir: config.dataDir,
    run: (request, context) => runner.run(request, context),
    concurrency: config.concurrency,
    pollMs: sharedPollMs,
    log,
  });
  const stopped = runUntilStopped(log);
  log.info("working", { worker: worker.id });
  await stopped;
}
