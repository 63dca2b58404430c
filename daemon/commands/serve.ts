import { Command, InvalidArgumentError } from "commander";
import { loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import type { Daemon } from "../server.ts";
import { createLog } from "../log.ts";
import { runUntilStopped } from "./runUntilStopped.ts";

interface Options {
  port?: number;
  dataDir?: string;
  jobs?: number;
  workers?: string;
  root?: string[];
  open?: true;
  stdioLifetime?: true;
}

/** `edin serve`: the daemon. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("Start the daemon on 127.0.0.1 and print the address of its page.")
    .option("--port <port>", "port; 0 lets the system choose", toPort)
    .option("--data-dir <dir>", "folder of database and results", toAbsolute)
    .option("--root <dir...>", "folders whose media may be read", (dir, dirs: string[] | undefined) => [
      ...(dirs ?? []),
      toAbsolute(dir),
    ])
    .option(
      "--jobs <n>",
      "analyses at a time (default: what cores and memory carry; each takes two cores)",
      toCount,
    )
    .option(
      "--workers <host:port>",
      "with EDIN_DATABASE_URL: give clips to workers of other machines and take their results at this address",
    )
    .option("--open", "open the page in the browser")
    .option(
      "--stdio-lifetime",
      "end when standard input closes and no training runs: for a parent process that may die",
    )
    .action(serve);
}

async function serve({ port, dataDir, jobs, workers, root, open, stdioLifetime }: Options): Promise<void> {
  const config = loadConfig({ port, dataDir, roots: root, concurrency: jobs, workersListen: workers });
  const log = createLog(config.logLevel);
  const { startDaemon } = await import("../server.ts");
  const { createRunner } = await import("../analysis/runner.ts");
  await using runner = createRunner(config, log);
  await using daemon = await startDaemon(config, (request, context) => runner.run(request, context), log);
  // Before anybody is told that the daemon is there, it listens to signals.
  const stopped = runUntilStopped(log, {
    ...{ stdin: stdioLifetime === true, asked: daemon.stopAsked },
    stays: stayWhileTraining(daemon),
  });
  // Only a person at a terminal gets a link that lets a browser in.
  const link = process.stdout.isTTY && !stdioLifetime ? daemon.createPageUrl() : daemon.url;
  process.stdout.write(`EDIN listens on ${link}\n`);
  if (open) {
    const { openPage } = await import("./openPage.ts");
    await openPage(config.dataDir, daemon.createPageUrl());
  }
  await stopped;
}

/**
 * A training outlasts the window that began it. Once it has held the daemon, another window may have taken that over, and
 * holds it too.
 */
function stayWhileTraining({ isTraining, isWatched }: Daemon): () => Promise<boolean> {
  let held = false;
  // Nobody reads what it logs any more.
  process.stderr.on("error", () => undefined);
  return async () => {
    // A database that is gone holds nobody.
    const training = await isTraining().catch(() => false);
    held ||= training;
    return training || (held && isWatched());
  };
}

/** @throws InvalidArgumentError */
export function toCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 64) return count;
  throw new InvalidArgumentError("Give a number from 1 to 64.");
}

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new InvalidArgumentError("Give a number from 0 to 65535.");
}
