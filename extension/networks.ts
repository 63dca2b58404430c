import { readFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { modelManifestSchema, type ModelEntry } from "../shared/protocol/models.ts";
import { listModels } from "../shared/protocol/system.ts";
import type { DaemonClient } from "./daemon/client.ts";
import type { DaemonSupervisor } from "./daemon/supervisor.ts";

/** Which networks there are, the user's too. The daemon knows; while there is none, those that came with the extension. */
export class Networks implements vscode.Disposable {
  readonly #daemon: DaemonSupervisor;
  readonly #packaged: string;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscription: vscode.Disposable;
  #known: Promise<ModelEntry[]> | undefined;

  /** @param packaged the folder of networks in the extension */
  constructor(daemon: DaemonSupervisor, packaged: string) {
    this.#daemon = daemon;
    this.#packaged = packaged;
    this.#subscription = daemon.onDidConnect((client) => {
      client.on("models:changed", () => this.#forget());
      client.onConnect(() => this.#forget());
      this.#forget();
    });
  }

  readonly onDidChange = this.#changed.event;

  /** As the daemon says. */
  of(client: DaemonClient): Promise<ModelEntry[]> {
    if (this.#known === undefined) {
      const asked = client.call(listModels, {}).then(({ models }) => models);
      this.#known = asked;
      asked.catch(() => {
        if (this.#known === asked) this.#known = undefined;
      });
    }
    return this.#known;
  }

  /** Without starting a daemon. */
  async list(): Promise<ModelEntry[]> {
    if (this.#daemon.state === "ready") {
      // A daemon that ends just now tells so by its state.
      const answer = await this.#daemon
        .client()
        .then((client) => this.of(client))
        .catch(() => undefined);
      if (answer !== undefined) return answer;
    }
    const text = await readFile(path.join(this.#packaged, "manifest.json"), "utf8");
    return modelManifestSchema.parse(JSON.parse(text)).models;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #forget(): void {
    this.#known = undefined;
    this.#changed.fire(undefined);
  }
}
