import * as vscode from "vscode";
import {
  getStudy,
  listStudies,
  type ParticipantView,
  type StudySummary,
} from "../../shared/protocol/studyRoutes.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { childrenFrom } from "./children.ts";

export type StudyNode =
  | { readonly kind: "study"; readonly study: StudySummary }
  | { readonly kind: "participant"; readonly study: StudySummary; readonly participant: ParticipantView }
  /** A study has more participants than a tree is good for. */
  | { readonly kind: "more"; readonly study: StudySummary };

const lookEveryMs = 4000;

/** Studies with their participants. */
export class ParticipantsTree implements vscode.TreeDataProvider<StudyNode> {
  readonly #daemon: DaemonSupervisor;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  /** What the tree was last told, by the id of its study; `""` is the list of studies. */
  readonly #shown = new Map<string, string>();

  constructor(daemon: DaemonSupervisor) {
    this.#daemon = daemon;
    daemon.onDidConnect(() => this.refresh());
  }

  /** Looks again and again while the view is seen; it changes when what it shows did, whoever changed it. */
  follow(view: vscode.TreeView<StudyNode>): vscode.Disposable {
    const timer = setInterval(() => {
      if (view.visible && this.#daemon.state === "ready") void this.#look();
    }, lookEveryMs);
    return new vscode.Disposable(() => clearInterval(timer));
  }

  async #look(): Promise<void> {
    const shown = [...this.#shown];
    try {
      const client = await this.#daemon.client();
      for (const [id, text] of shown) {
        const now =
          id === ""
            ? JSON.stringify((await client.call(listStudies, {})).studies)
            : JSON.stringify(await client.call(getStudy, { study: id }));
        if (now === text) continue;
        this.refresh();
        return;
      }
    } catch {
      // A study that is gone, or a daemon that ends: what is there is read anew.
      this.#shown.clear();
      this.refresh();
    }
  }

  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(parent?: StudyNode): Promise<StudyNode[]> {
    if (parent !== undefined && parent.kind !== "study") return [];
    return childrenFrom(this.#daemon, async (client): Promise<StudyNode[]> => {
      if (parent === undefined) {
        const { studies } = await client.call(listStudies, {});
        this.#shown.clear();
        this.#shown.set("", JSON.stringify(studies));
        return studies.map((study) => ({ kind: "study", study }));
      }
      const answer = await client.call(getStudy, { study: parent.study.id });
      this.#shown.set(parent.study.id, JSON.stringify(answer));
      const people = answer.study.participants.map((participant) => ({
        kind: "participant" as const,
        study: parent.study,
        participant,
      }));
      return answer.next === undefined ? people : [...people, { kind: "more", study: parent.study }];
    });
  }

  getTreeItem(node: StudyNode): vscode.TreeItem {
    const { l10n } = vscode;
    const command = {
      command: "edin.openBeq",
      title: l10n.t("Open Studies"),
      arguments: [node],
    };
    if (node.kind === "study") {
      const { study } = node;
      const item = new vscode.TreeItem(study.name, vscode.TreeItemCollapsibleState.Collapsed);
      item.id = study.id;
      item.description = l10n.t(
        "participants: {0}, with consent: {1}, forms: {2}",
        study.participants,
        study.consented,
        study.responses,
      );
      item.iconPath = new vscode.ThemeIcon("beaker");
      item.contextValue = "study";
      return item;
    }
    if (node.kind === "more") {
      const item = new vscode.TreeItem(l10n.t("More in the panel of studies"));
      item.iconPath = new vscode.ThemeIcon("ellipsis");
      item.command = command;
      return item;
    }
    const { participant } = node;
    const item = new vscode.TreeItem(participant.id);
    item.id = `${node.study.id}/${participant.id}`;
    item.description = describe(participant);
    item.iconPath = new vscode.ThemeIcon("person");
    item.contextValue = "participant";
    item.accessibilityInformation = { label: `${participant.id}, ${item.description}` };
    item.command = command;
    return item;
  }
}

function describe({ consent, sessions }: ParticipantView): string {
  const { l10n } = vscode;
  const completed = sessions.filter(({ response }) => response?.completedAt !== undefined).length;
  return [
    consent === undefined ? l10n.t("no consent") : l10n.t("consent {0}", consent.version),
    l10n.t("{0} of {1} forms", completed, sessions.length),
  ].join(", ");
}
