import * as vscode from "vscode";
import { listAnalyses, type AnalysisRecord } from "../shared/protocol/analyses.ts";
import type { DaemonClient } from "./daemon/client.ts";
import type { DaemonSupervisor } from "./daemon/supervisor.ts";

/** The analyses that the daemon knows, kept up to date by its events; what trees, status bar and commands look at. */
export class Analyses implements vscode.Disposable {
  readonly #byId = new Map<string, AnalysisRecord>();
  readonly #changed = new vscode.EventEmitter<AnalysisRecord | undefined>();
  readonly #subscription: vscode.Disposable;

  constructor(daemon: DaemonSupervisor) {
    this.#subscription = daemon.onDidConnect((client) => void this.#follow(client));
  }

  /** Fires with the analysis that changed, or without one when all may have. */
  readonly onDidChange = this.#changed.event;

  /** The newest first. */
  get all(): AnalysisRecord[] {
    return [...this.#byId.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  get(id: string): AnalysisRecord | undefined {
    return this.#byId.get(id);
  }

  put(analysis: AnalysisRecord): void {
    this.#byId.set(analysis.id, analysis);
    this.#changed.fire(analysis);
  }

  /** Resolves when the analysis is neither queued nor running any more. */
  ended(id: string, token: vscode.CancellationToken): Promise<AnalysisRecord | undefined> {
    return new Promise((resolve) => {
      const check = (): void => {
        const analysis = this.#byId.get(id);
        const active = analysis?.state === "queued" || analysis?.state === "running";
        if (active && !token.isCancellationRequested) return;
        for (const subscription of subscriptions) subscription.dispose();
        resolve(analysis);
      };
      const subscriptions = [this.#changed.event(check), token.onCancellationRequested(check)];
      check();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async #follow(client: DaemonClient): Promise<void> {
    client.on("analysis:changed", ({ analysis }) => {
      this.put(analysis);
      if (analysis.state === "running") client.watch(analysis.id);
    });
    client.on("analysis:progress", ({ id, progress }) => {
      const analysis = this.#byId.get(id);
      if (analysis !== undefined) this.put({ ...analysis, progress });
    });
    client.on("analysis:deleted", ({ id }) => {
      this.#byId.delete(id);
      this.#changed.fire(undefined);
    });
    // Whatever was missed while there was no connection is in the list.
    client.onConnect(() => void this.#refresh(client));
    await this.#refresh(client);
  }

  async #refresh(client: DaemonClient): Promise<void> {
    // A daemon that ends just now tells so by its state.
    const answer = await client.call(listAnalyses, { limit: 200 }).catch(() => undefined);
    if (answer === undefined) return;
    this.#byId.clear();
    for (const analysis of answer.analyses) {
      this.#byId.set(analysis.id, analysis);
      if (analysis.state === "running" || analysis.state === "queued") client.watch(analysis.id);
    }
    this.#changed.fire(undefined);
  }
}
