import * as vscode from "vscode";
import { listLive, type LiveSession } from "../shared/protocol/live.ts";
import type { DaemonClient } from "./daemon/client.ts";
import type { DaemonSupervisor } from "./daemon/supervisor.ts";

/** Figures of sessions that run are asked for this often; to watch one would bring every frame of it here. */
const askEveryMs = 2000;

/** The live sessions that the daemon knows; what tree and status bar look at. */
export class LiveSessions implements vscode.Disposable {
  readonly #daemon: DaemonSupervisor;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscription: vscode.Disposable;
  #sessions: readonly LiveSession[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(daemon: DaemonSupervisor) {
    this.#daemon = daemon;
    this.#subscription = vscode.Disposable.from(
      daemon.onDidConnect((client) => {
        client.on("live:state", () => void this.#ask(client));
        client.onConnect(() => void this.#ask(client));
        void this.#ask(client);
      }),
      daemon.onDidChangeState((state) => {
        if (state !== "ready") this.#put([]);
      }),
    );
  }

  readonly onDidChange = this.#changed.event;

  /** Those that start or run. */
  get running(): LiveSession[] {
    return this.#sessions.filter(({ state }) => state === "starting" || state === "running");
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async #ask(client: DaemonClient): Promise<void> {
    clearTimeout(this.#timer);
    // A daemon that ends just now tells so by its state.
    const answer = await client.call(listLive, {}).catch(() => undefined);
    if (answer === undefined || this.#daemon.state !== "ready") return;
    this.#put(answer.sessions);
    clearTimeout(this.#timer);
    if (this.running.length > 0) this.#timer = setTimeout(() => void this.#ask(client), askEveryMs);
  }

  #put(sessions: readonly LiveSession[]): void {
    this.#sessions = sessions;
    this.#changed.fire(undefined);
  }
}
