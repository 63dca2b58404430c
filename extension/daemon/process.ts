import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import type { Discovery } from "../../shared/protocol/discovery.ts";
import { findDaemon } from "./discovery.ts";

/** A start may have to create the database, which takes seconds on a slow disk. */
const startTimeoutMs = 60_000;
const pollMs = 50;
/** How long the daemon gets to end by itself. */
const stopTimeoutMs = 5000;

export interface ProcessOptions {
  /** The bundled command, dist/edin.js. */
  readonly script: string;
  readonly dataDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onLog: (line: string) => void;
  readonly onExit: (code: number | null, signal: NodeJS.Signals | null) => void;
}

/** One run of the daemon as a child of the extension host. */
export class DaemonProcess {
  readonly discovery: Discovery;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, discovery: Discovery) {
    this.#child = child;
    this.discovery = discovery;
  }

  /** Starts `edin serve` with the editor's own Node and waits until its discovery file is there. */
  static async start(options: ProcessOptions): Promise<DaemonProcess> {
    const child = spawn(
      process.execPath,
      [options.script, "serve", "--port", "0", "--data-dir", options.dataDir, "--stdio-lifetime"],
      {
        // Its standard input is its lifeline: it ends when this process does, however that comes about, unless a training runs.
        stdio: ["pipe", "ignore", "pipe"],
        // What ends this process and its group must not end a training.
        ...{ detached: true, windowsHide: true },
        env: { ...options.environment },
      },
    );
    const tail: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      tail.push(line);
      if (tail.length > 5) tail.shift();
      options.onLog(line);
    });
    const failure = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) =>
        reject(
          new AppError(
            "internal",
            vscode.l10n.t("The daemon ended at its start ({0}): {1}", String(code ?? signal), tail.join(" ")),
          ),
        ),
      );
    });
    try {
      const discovery = await Promise.race([failure, waitForDiscovery(options.dataDir, child.pid)]);
      child.removeAllListeners("exit");
      child.once("exit", options.onExit);
      return new DaemonProcess(child, discovery);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    } finally {
      // Whoever lost the race must not end as an unhandled rejection.
      failure.catch(() => undefined);
    }
  }

  /** Leaves the daemon to itself: it ends when its training has. */
  release(): void {
    this.#child.removeAllListeners("exit");
    this.#child.stdin?.end();
    this.#child.unref();
  }

  /** Lets the daemon end; kills it when it does not. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.removeAllListeners("exit");
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }
}

async function waitForDiscovery(dataDir: string, pid: number | undefined): Promise<Discovery> {
  const end = Date.now() + startTimeoutMs;
  while (Date.now() < end) {
    const discovery = await findDaemon(dataDir);
    if (discovery !== undefined && discovery.pid === pid) return discovery;
    await sleep(pollMs);
  }
  throw new AppError("timeout", vscode.l10n.t("The daemon did not get ready within a minute. See its log."));
}
