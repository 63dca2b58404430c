import * as vscode from "vscode";
import type { AnalysisRecord } from "../../shared/protocol/analyses.ts";
import type { Analyses } from "../analyses.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { progressText } from "./progressText.ts";
import { stateIcons } from "./stateIcons.ts";

/** Analyses with their state and progress, the newest first. Opening the view starts the daemon. */
export class AnalysesTree implements vscode.TreeDataProvider<AnalysisRecord> {
  readonly #daemon: DaemonSupervisor;
  readonly #analyses: Analyses;
  readonly onDidChangeTreeData: vscode.Event<AnalysisRecord | undefined>;

  constructor(daemon: DaemonSupervisor, analyses: Analyses) {
    this.#daemon = daemon;
    this.#analyses = analyses;
    // Records are replaced as a whole, so the tree is asked for all of them again.
    const changed = new vscode.EventEmitter<undefined>();
    analyses.onDidChange(() => changed.fire(undefined));
    this.onDidChangeTreeData = changed.event;
  }

  async getChildren(parent?: AnalysisRecord): Promise<AnalysisRecord[]> {
    if (parent !== undefined) return [];
    // Without a daemon what was last known stays; why there is none the supervisor tells.
    await this.#daemon.client().catch(() => undefined);
    return this.#analyses.all;
  }

  getTreeItem(analysis: AnalysisRecord): vscode.TreeItem {
    const item = new vscode.TreeItem(analysis.mediaName);
    item.id = analysis.id;
    item.description = describe(analysis);
    item.iconPath = new vscode.ThemeIcon(stateIcons[analysis.state]);
    item.contextValue = `analysis.${analysis.state}`;
    item.tooltip = [analysis.mediaPath, analysis.failure?.message].filter(Boolean).join("\n");
    item.accessibilityInformation = { label: `${analysis.mediaName}, ${item.description}` };
    if (analysis.state === "done")
      item.command = {
        command: "edin.openResult",
        title: vscode.l10n.t("Open Result"),
        arguments: [analysis],
      };
    return item;
  }
}

function describe({ state, progress, pipeline }: AnalysisRecord): string {
  const { l10n } = vscode;
  if (state === "running" && progress !== undefined) return progressText(progress);
  const states = {
    queued: l10n.t("queued"),
    running: l10n.t("running"),
    done: pipeline,
    failed: l10n.t("failed"),
    cancelled: l10n.t("cancelled"),
    interrupted: l10n.t("interrupted"),
  };
  return states[state];
}
