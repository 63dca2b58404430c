import * as vscode from "vscode";
import type { Job } from "../../shared/protocol/jobs.ts";
import { trainingTitle } from "../../shared/protocol/trainingRoutes.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Trainings } from "../trainings.ts";
import { stateIcons } from "./stateIcons.ts";

/** Trainings with their state and progress, the newest first. */
export class TrainingsTree implements vscode.TreeDataProvider<Job> {
  readonly #daemon: DaemonSupervisor;
  readonly #trainings: Trainings;
  readonly onDidChangeTreeData: vscode.Event<undefined>;

  constructor(daemon: DaemonSupervisor, trainings: Trainings) {
    this.#daemon = daemon;
    this.#trainings = trainings;
    this.onDidChangeTreeData = trainings.onDidChange;
  }

  async getChildren(parent?: Job): Promise<Job[]> {
    if (parent !== undefined) return [];
    // Without a daemon what was last known stays; why there is none the supervisor tells.
    await this.#daemon.client().catch(() => undefined);
    return this.#trainings.all;
  }

  getTreeItem(job: Job): vscode.TreeItem {
    const item = new vscode.TreeItem(trainingTitle(job));
    item.id = job.id;
    item.description = describe(job);
    item.iconPath = new vscode.ThemeIcon(stateIcons[job.state]);
    item.contextValue = `training.${job.state}`;
    item.tooltip = [job.request["file"], job.failure?.message].filter(Boolean).join("\n");
    item.accessibilityInformation = { label: `${trainingTitle(job)}, ${item.description}` };
    item.command = { command: "edin.openTraining", title: vscode.l10n.t("Open Training"), arguments: [job] };
    return item;
  }
}

function describe({ state, progress }: Job): string {
  const { l10n } = vscode;
  if (state === "running" || state === "done") return progress?.text ?? l10n.t("running");
  const states = {
    queued: l10n.t("queued"),
    failed: l10n.t("failed"),
    cancelled: l10n.t("cancelled"),
    interrupted: l10n.t("interrupted"),
  };
  return states[state];
}
