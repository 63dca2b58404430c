import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { DaemonSource } from "../panels/daemonSource.ts";
import { SinglePanel } from "../panels/singlePanel.ts";
import type { LabelProjects } from "./labelProjects.ts";
import type { LabelsEditor } from "./labelsEditor.ts";
import type { LabelsNode } from "./labelsTree.ts";

const panel = new SinglePanel("edin.agreement", false);

export interface AgreementParts {
  readonly context: vscode.ExtensionContext;
  readonly daemon: DaemonSupervisor;
  readonly log: Log;
  readonly projects: LabelProjects;
  readonly labelsEditor: LabelsEditor;
}

/** Shows how well the annotators of a project agree; a disagreement opens the label editor at its place. */
export async function openAgreement(parts: AgreementParts, node?: LabelsNode): Promise<void> {
  const folder = node?.project.folder ?? (await chooseProject(parts.projects));
  if (folder === undefined) return;
  const client = await parts.daemon.client();
  await client.call(grantRoot, { path: folder });
  const view = `#/agreement/${encodeURIComponent(folder)}`;
  panel.show(parts.context, parts.log, {
    title: vscode.l10n.t("Agreement of Annotators"),
    home: view,
    view,
    source: () =>
      new DaemonSource(parts.daemon, {
        revealLabels: (file, timeMs) => {
          parts.labelsEditor
            .reveal(vscode.Uri.file(file), timeMs)
            .catch((error: unknown) => parts.log.error("Labels could not be opened.", error));
        },
        openTrainingFile: (file) => {
          vscode.window
            .showTextDocument(vscode.Uri.file(file))
            .then(undefined, (error: unknown) =>
              parts.log.error("A training file could not be opened.", error),
            );
        },
      }),
  });
}

async function chooseProject(projects: LabelProjects): Promise<string | undefined> {
  const all = await projects.list();
  const [only, ...others] = all;
  if (only === undefined)
    throw new AppError(
      "not_found",
      vscode.l10n.t("Nobody labels anything here yet. Label a clip, or share clips with edin labels assign."),
    );
  if (others.length === 0) return only.folder;
  const picked = await vscode.window.showQuickPick(
    all.map(({ folder }) => ({ label: vscode.workspace.asRelativePath(folder), folder })),
    { title: vscode.l10n.t("Agreement of Annotators") },
  );
  return picked?.folder;
}
