import * as vscode from "vscode";
import { toAppError } from "../../shared/errors.ts";
import type { Discovery } from "../../shared/protocol/discovery.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import type { Log } from "../log.ts";
import { daemonEnvironment, readSettings } from "../settings.ts";
import type { DaemonClient } from "./client.ts";
import { findDaemon } from "./discovery.ts";
import { DaemonProcess } from "./process.ts";
import { RestartPolicy } from "./restartPolicy.ts";

export type DaemonState = "stopped" | "starting" | "ready" | "restarting" | "failed";

/**
 * Keeps one daemon at hand: adopts the one that runs for the data folder, or starts one, which ends with this window.
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
  #retry: NodeJS.Timeout | undefined;
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

  /** The running daemon; starts it when there is none. */
  async client(): Promise<DaemonClient> {
    if (this.#client !== undefined) return this.#client;
    clearTimeout(this.#retry);
    this.#starting ??= this.#start().finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** Ends what runs and starts anew, as a user asks. */
  async restart(): Promise<void> {
    this.#policy.reset();
    await this.stop();
    await this.client();
  }

  /** Ends the daemon if this window started it; lets go of an adopted one. */
  async stop(): Promise<void> {
    clearTimeout(this.#retry);
    this.#dropClient();
    const running = this.#process;
    this.#process = undefined;
    await running?.stop();
    this.#set("stopped");
  }

  dispose(): void {
    this.#disposed = true;
    void this.stop();
    this.#changed.dispose();
    this.#connected.dispose();
  }

  async #start(): Promise<DaemonClient> {
    this.#set(this.#state === "restarting" ? "restarting" : "starting");
    try {
      const found = await findDaemon(this.dataDir);
      const client = found === undefined ? undefined : await this.#adopt(found);
      return this.#use(client ?? (await this.#connect((await this.#spawn()).discovery)));
    } catch (error) {
      if (this.#state !== "stopped") this.#crashed(toAppError(error).message, error);
      throw error;
    }
  }

  /** A daemon that does not answer is none. */
  async #adopt(discovery: Discovery): Promise<DaemonClient | undefined> {
    const client = await this.#connect(discovery);
    try {
      const { version } = await client.call(getStatus, {}, AbortSignal.timeout(5000));
      this.#log.info(`Using the daemon ${version} that runs for ${this.dataDir}, process ${discovery.pid}.`);
      return client;
    } catch (error) {
      client.dispose();
      this.#log.warn(`The daemon of process ${discovery.pid} does not answer; starting another.`, error);
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

  /** Socket.IO is loaded with the first connection and not with the extension. */
  async #connect(discovery: Discovery): Promise<DaemonClient> {
    const { DaemonClient } = await import("./client.ts");
    return new DaemonClient(discovery);
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
    if (this.#disposed) return;
    this.#log.error(reason, error);
    const delayMs = this.#policy.crashed(Date.now());
    if (delayMs === undefined) {
      this.#set("failed");
      void this.#offerLog();
      return;
    }
    this.#set("restarting");
    this.#retry = setTimeout(() => {
      this.client().catch(() => {
        // #start has told of it and planned what follows.
      });
    }, delayMs);
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
