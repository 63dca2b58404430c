import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { AppError, toAppError } from "../../shared/errors.ts";
import { listJobs } from "../../shared/protocol/jobs.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import type { Log } from "../log.ts";
import { daemonEnvironment, readSettings } from "../settings.ts";
import type { DaemonClient } from "./client.ts";
import { findDaemon } from "./discovery.ts";
import { DaemonProcess } from "./process.ts";
import { RestartPolicy } from "./restartPolicy.ts";

export type DaemonState = "stopped" | "starting" | "ready" | "restarting" | "failed";

/**
 * Keeps one daemon at hand: adopts the one that runs for the data folder, or starts one, which ends with this window unless it
 * trains.
 * After a crash it starts again, later each time, and gives up when that does not help.
 */
export class DaemonSupervisor implements vscode.Disposable {
  readonly #script: string;
  readonly #log: Log;
  readonly #policy = new RestartPolicy();
  readonly #changed = new vscode.EventEmitter<DaemonState>();
  readonly #connected = new vscode.EventEmitter<DaemonClient>();
  #state: DaemonState = "stopped";
  #process: DaemonProcess | undefined;
  #client: DaemonClient | undefined;
  #starting: Promise<DaemonClient> | undefined;
  /** The start that is planned after a crash. */
  #restart: { readonly started: Promise<DaemonClient>; readonly cancel: AbortController } | undefined;
  #stopping: Promise<void> | undefined;
  /** The user stopped it: nothing that asks by itself starts it again. */
  #halted = false;
  #disposed = false;

  /** @param script the bundled `edin` command */
  constructor(script: string, log: Log) {
    this.#script = script;
    this.#log = log;
  }

  readonly onDidChangeState = this.#changed.event;
  /** Fires with each new client, also after a restart. */
  readonly onDidConnect = this.#connected.event;

  get state(): DaemonState {
    return this.#state;
  }

  /** What no report may hold. */
  get secrets(): readonly string[] {
    return this.#client === undefined ? [] : [this.#client.discovery.token];
  }

  get dataDir(): string {
    return readSettings().dataDir;
  }

  /**
   * The running daemon; starts it when there is none. After a crash it waits for the planned start.
   * Throws `interrupted` when the user stopped the daemon, or it crashed too often to be started again.
   */
  async client(): Promise<DaemonClient> {
    // One that is just ending must be neither adopted nor met at its lock.
    await this.#stopping;
    if (this.#halted)
      throw new AppError(
        "interrupted",
        vscode.l10n.t("The EDIN daemon was stopped. Run EDIN: Restart Daemon to start it again."),
      );
    if (this.#client !== undefined) return this.#client;
    if (this.#restart !== undefined) return this.#restart.started;
    if (this.#state === "failed")
      throw new AppError(
        "interrupted",
        vscode.l10n.t("The EDIN daemon ended too often. See its log, then run EDIN: Restart Daemon."),
      );
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** A user's command needs the daemon: `client` may start it after a stop. */
  resume(): void {
    this.#halted = false;
  }

  /** Ends what runs and starts anew, as a user asks. */
  async restart(): Promise<void> {
    this.#policy.reset();
    this.resume();
    await this.#end();
    await this.client();
  }

  /**
   * Ends the daemon if this window started it, also one that is just starting; lets go of an adopted one. It stays stopped
   * until `resume` or `restart`.
   */
  stop(): Promise<void> {
    this.#halted = true;
    return this.#end();
  }

  /** The window closes: like `stop`, but a training goes on, and the daemon with it. */
  async leave(): Promise<void> {
    const trains = await this.#trains();
    this.#halted = true;
    if (!trains) return this.#end();
    this.#dropClient();
    this.#process?.release();
    this.#process = undefined;
  }

  /** Whether a daemon of this window's trains just now. */
  async #trains(): Promise<boolean> {
    if (this.#process === undefined || this.#client === undefined) return false;
    const { pid } = this.#client.discovery;
    const asked = { kind: "training", state: "running", limit: 200 } as const;
    const answer = await this.#client.call(listJobs, asked, AbortSignal.timeout(2000)).catch(() => undefined);
    return answer?.jobs.some(({ worker }) => worker?.endsWith(`:${pid}`)) === true;
  }

  dispose(): void {
    this.#disposed = true;
    void this.leave();
    this.#changed.dispose();
    this.#connected.dispose();
  }

  #end(): Promise<void> {
    this.#stopping ??= this.#endNow().finally(() => (this.#stopping = undefined));
    return this.#stopping;
  }

  async #endNow(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    this.#restart?.cancel.abort();
    this.#restart = undefined;
    this.#dropClient();
    const running = this.#process;
    this.#process = undefined;
    this.#set("stopped");
    await running?.stop();
  }

  async #start(): Promise<DaemonClient> {
    this.#set(this.#state === "restarting" ? "restarting" : "starting");
    try {
      // Socket.IO is loaded with the first connection and not with the extension.
      const { DaemonClient } = await import("./client.ts");
      const found = await findDaemon(this.dataDir);
      const adopted = found === undefined ? undefined : await this.#adopt(new DaemonClient(found));
      return this.#use(adopted ?? new DaemonClient((await this.#spawn()).discovery));
    } catch (error) {
      this.#crashed(toAppError(error).message, error);
      throw error;
    }
  }

  /** A daemon that does not answer is none. */
  async #adopt(client: DaemonClient): Promise<DaemonClient | undefined> {
    const { pid } = client.discovery;
    try {
      const { version } = await client.call(getStatus, {}, AbortSignal.timeout(5000));
      this.#log.info(`Using the daemon ${version} that runs for ${this.dataDir}, process ${pid}.`);
      return client;
    } catch (error) {
      client.dispose();
      this.#log.warn(`The daemon of process ${pid} does not answer; starting another.`, error);
      return undefined;
    }
  }

  async #spawn(): Promise<DaemonProcess> {
    const started = performance.now();
    this.#process = await DaemonProcess.start({
      script: this.#script,
      dataDir: this.dataDir,
      environment: daemonEnvironment(),
      onLog: (line) => this.#log.daemonLine(line),
      onExit: (code, signal) => this.#ended(`The daemon ended with ${code ?? signal ?? "no reason"}.`),
    });
    this.#log.info(`The daemon is ready after ${Math.round(performance.now() - started)} ms.`);
    return this.#process;
  }

  #use(client: DaemonClient): DaemonClient {
    this.#client = client;
    // An adopted daemon has no exit event here: when its connection breaks, see whether it is still there.
    client.onDisconnect(() => {
      if (this.#process === undefined && this.#client === client)
        this.#ended("The connection to the daemon was lost.");
    });
    this.#set("ready");
    this.#connected.fire(client);
    return client;
  }

  #ended(reason: string): void {
    if (this.#client === undefined && this.#process === undefined) return;
    this.#process = undefined;
    this.#dropClient();
    this.#crashed(reason);
  }

  #crashed(reason: string, error?: unknown): void {
    if (this.#halted) return;
    this.#log.error(reason, error);
    const delayMs = this.#policy.crashed(Date.now());
    if (delayMs === undefined) {
      this.#set("failed");
      void this.#offerLog();
      return;
    }
    const cancel = new AbortController();
    const again = (): Promise<DaemonClient> => {
      this.#restart = undefined;
      return this.client();
    };
    // Whoever waits while the plan is given up gets what `client` then has to say.
    const started = sleep(delayMs, undefined, { signal: cancel.signal }).then(again, again);
    // #start tells of a failure and plans what follows.
    started.catch(() => undefined);
    this.#restart = { started, cancel };
    this.#set("restarting");
  }

  async #offerLog(): Promise<void> {
    const showLog = vscode.l10n.t("Show Log");
    const again = vscode.l10n.t("Try Again");
    const chosen = await vscode.window.showErrorMessage(
      vscode.l10n.t("The EDIN daemon ended five times within three minutes and was not started again."),
      showLog,
      again,
    );
    if (chosen === showLog) this.#log.show();
    if (chosen === again)
      await this.restart().catch((error: unknown) => this.#log.error("No restart.", error));
  }

  #dropClient(): void {
    this.#client?.dispose();
    this.#client = undefined;
  }

  #set(state: DaemonState): void {
    this.#state = state;
    if (!this.#disposed) this.#changed.fire(state);
  }
}
