import * as vscode from "vscode";
import type { ModelEntry, Task } from "../../shared/protocol/models.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Networks } from "../networks.ts";
import { childrenFrom } from "./children.ts";

export type ModelNode =
  { readonly kind: "task"; readonly task: Task } | { readonly kind: "model"; readonly model: ModelEntry };

/** The networks that there are, by task. */
export class ModelsTree implements vscode.TreeDataProvider<ModelNode> {
  readonly #daemon: DaemonSupervisor;
  readonly #networks: Networks;
  readonly onDidChangeTreeData: vscode.Event<undefined>;

  constructor(daemon: DaemonSupervisor, networks: Networks) {
    this.#daemon = daemon;
    this.#networks = networks;
    this.onDidChangeTreeData = networks.onDidChange;
  }

  async getChildren(parent?: ModelNode): Promise<ModelNode[]> {
    if (parent?.kind === "model") return [];
    const models = await childrenFrom(this.#daemon, (client) => this.#networks.of(client));
    if (parent !== undefined)
      return models.filter((model) => model.task === parent.task).map((model) => ({ kind: "model", model }));
    return [...new Set(models.map((model) => model.task))].map((task) => ({ kind: "task", task }));
  }

  getTreeItem(node: ModelNode): vscode.TreeItem {
    if (node.kind === "task") {
      const item = new vscode.TreeItem(node.task, vscode.TreeItemCollapsibleState.Expanded);
      item.id = node.task;
      return item;
    }
    const { model } = node;
    const item = new vscode.TreeItem(model.title);
    item.id = model.id;
    item.description = [
      `${(model.bytes / 1e6).toFixed(1)} MB`,
      ...(model.default ? [vscode.l10n.t("default")] : []),
      ...(model.origin === "user" ? [vscode.l10n.t("yours")] : []),
    ].join(", ");
    item.iconPath = new vscode.ThemeIcon("circuit-board");
    item.tooltip = `${model.id}\nsha256 ${model.sha256}`;
    item.contextValue = "model";
    item.command = {
      command: "edin.openModels",
      title: vscode.l10n.t("Open Models"),
      arguments: [model.id],
    };
    return item;
  }
}
