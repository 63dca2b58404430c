import path from "node:path";
import * as vscode from "vscode";
import type { AnnotatorProgress, ProjectClip } from "../../shared/labels/project.ts";
import type { LabelProject, LabelProjects } from "./labelProjects.ts";

export type LabelsNode =
  | { readonly kind: "project"; readonly project: LabelProject }
  | { readonly kind: "annotator"; readonly project: LabelProject; readonly progress: AnnotatorProgress }
  | { readonly kind: "gold"; readonly project: LabelProject }
  | {
      readonly kind: "clip";
      readonly project: LabelProject;
      readonly annotator: string;
      readonly clip: ProjectClip;
    };

/** Each annotator's clips and how far they are, and what was settled. */
export class LabelsTree implements vscode.TreeDataProvider<LabelsNode> {
  readonly #projects: LabelProjects;
  readonly onDidChangeTreeData: vscode.Event<void>;

  constructor(projects: LabelProjects) {
    this.#projects = projects;
    this.onDidChangeTreeData = projects.onDidChange;
  }

  async getChildren(parent?: LabelsNode): Promise<LabelsNode[]> {
    if (parent === undefined) {
      const projects = await this.#projects.list();
      const [only, ...others] = projects;
      if (only !== undefined && others.length === 0) return inProject(only);
      return projects.map((project) => ({ kind: "project", project }));
    }
    if (parent.kind === "project") return inProject(parent.project);
    const { project } = parent;
    if (parent.kind === "annotator") {
      const { annotator, clips } = parent.progress;
      return clips.map((clip) => ({ kind: "clip", project, annotator, clip }));
    }
    if (parent.kind === "gold")
      return project.progress.gold.map((file) => ({
        ...{ kind: "clip", project, annotator: file.annotator },
        clip: { clip: file.clip, file, state: file.done ? "done" : "open" },
      }));
    return [];
  }

  getTreeItem(node: LabelsNode): vscode.TreeItem {
    const { l10n } = vscode;
    switch (node.kind) {
      case "project": {
        const { folder } = node.project;
        const item = new vscode.TreeItem(path.basename(folder), vscode.TreeItemCollapsibleState.Expanded);
        item.id = folder;
        item.iconPath = vscode.ThemeIcon.Folder;
        item.contextValue = "labels.project";
        return item;
      }
      case "annotator": {
        const { annotator, clips, done } = node.progress;
        const item = new vscode.TreeItem(annotator, vscode.TreeItemCollapsibleState.Expanded);
        item.id = `${node.project.folder}\n${annotator}`;
        item.description = l10n.t("{0} of {1} done", done, clips.length);
        item.iconPath = new vscode.ThemeIcon("person");
        item.contextValue = done < clips.length ? "labels.annotator.open" : "labels.annotator";
        return item;
      }
      case "gold": {
        const item = new vscode.TreeItem(l10n.t("Gold"), vscode.TreeItemCollapsibleState.Expanded);
        item.id = `${node.project.folder}\n\ngold`;
        item.iconPath = new vscode.ThemeIcon("law");
        item.contextValue = "labels.gold";
        return item;
      }
      case "clip":
        return clipItem(node);
    }
  }
}

function inProject(project: LabelProject): LabelsNode[] {
  const { annotators, gold } = project.progress;
  return [
    ...annotators.map((progress): LabelsNode => ({ kind: "annotator", project, progress })),
    ...(gold.length > 0 ? [{ kind: "gold" as const, project }] : []),
  ];
}

const icons = { todo: "circle-outline", open: "edit", done: "pass" } as const;

function clipItem(node: Extract<LabelsNode, { kind: "clip" }>): vscode.TreeItem {
  const { l10n } = vscode;
  const { clip, file, state } = node.clip;
  const item = new vscode.TreeItem(clip);
  item.id = `${node.project.folder}\n${node.annotator}\n${file?.file ?? clip}`;
  const { annotations = 0, traces = 0 } = file ?? {};
  const made = annotations === 1 ? l10n.t("1 annotation") : l10n.t("{0} annotations", annotations);
  const rated = traces === 1 ? l10n.t("1 trace") : l10n.t("{0} traces", traces);
  const count = traces === 0 ? made : `${made}, ${rated}`;
  item.description =
    state === "todo" ? l10n.t("not begun") : state === "done" ? l10n.t("done, {0}", count) : count;
  item.iconPath = new vscode.ThemeIcon(icons[state]);
  item.contextValue = `labels.clip.${state}`;
  item.accessibilityInformation = { label: `${clip}, ${item.description}` };
  item.command = { command: "edin.labelsOpen", title: l10n.t("Open"), arguments: [node] };
  return item;
}
