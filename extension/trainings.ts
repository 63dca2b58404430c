import * as vscode from "vscode";
import { listJobs, retryJob, type Job } from "../shared/protocol/jobs.ts";
import { trainingTitle } from "../shared/protocol/trainingRoutes.ts";
import type { DaemonClient } from "./daemon/client.ts";
import type { DaemonSupervisor } from "./daemon/supervisor.ts";

/** The trainings that the daemon knows, kept up to date by its events; what tree, status bar and commands look at. */
export class Trainings implements vscode.Disposable {
  readonly #byId = new Map<string, Job>();
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #subscription: vscode.Disposable;
  /** Interrupted ones that the user was asked about. */
  readonly #asked = new Set<string>();

  constructor(daemon: DaemonSupervisor) {
    this.#subscription = daemon.onDidConnect((client) => void this.#follow(client));
  }

  readonly onDidChange = this.#changed.event;

  /** The newest first. */
  get all(): Job[] {
    return [...this.#byId.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async #follow(client: DaemonClient): Promise<void> {
    client.on("job:changed", ({ job }) => this.#put(job));
    client.on("job:progress", ({ id, progress }) => {
      const job = this.#byId.get(id);
      if (job !== undefined) this.#put({ ...job, progress });
    });
    client.on("job:deleted", ({ id }) => {
      if (this.#byId.delete(id)) this.#changed.fire(undefined);
    });
    // Whatever was missed while there was no connection is in the list.
    client.onConnect(() => void this.#refresh(client));
    await this.#refresh(client);
    for (const job of this.all) if (job.state === "interrupted") await this.#offerToGoOn(client, job);
  }

  #put(job: Job): void {
    if (job.kind !== "training") return;
    this.#byId.set(job.id, job);
    this.#changed.fire(undefined);
  }

  async #refresh(client: DaemonClient): Promise<void> {
    // A daemon that ends just now tells so by its state.
    const answer = await client.call(listJobs, { kind: "training", limit: 100 }).catch(() => undefined);
    if (answer === undefined) return;
    this.#byId.clear();
    for (const job of answer.jobs) this.#byId.set(job.id, job);
    this.#changed.fire(undefined);
  }

  /** The daemon or the machine was stopped; nothing of what was learned is lost. */
  async #offerToGoOn(client: DaemonClient, job: Job): Promise<void> {
    if (this.#asked.has(job.id)) return;
    this.#asked.add(job.id);
    const goOn = vscode.l10n.t("Go On");
    const text = vscode.l10n.t(
      "The training {0} was interrupted ({1}). It can go on from its last epoch.",
      ...[trainingTitle(job), job.progress?.text ?? ""],
    );
    if ((await vscode.window.showInformationMessage(text, goOn)) === goOn)
      await client.call(retryJob, { id: job.id });
  }
}
