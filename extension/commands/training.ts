import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import type { Job } from "../../shared/protocol/jobs.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import { startTraining } from "../../shared/protocol/trainingRoutes.ts";
import { rootOf } from "../clips.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { kindOf } from "../files/kinds.ts";

/** Has the daemon train what a file says. @returns its job */
export async function trainNetwork(daemon: DaemonSupervisor, given?: vscode.Uri): Promise<Job> {
  const file = given ?? vscode.window.activeTextEditor?.document.uri;
  if (file === undefined || kindOf(file.fsPath) !== "training")
    throw new AppError(
      "not_found",
      vscode.l10n.t("Open a training file first. Make one whose name ends in .training.yaml."),
    );
  // The Python of a folder's .venv is a program of whoever wrote the folder.
  if (!vscode.workspace.isTrusted)
    throw new AppError(
      "forbidden",
      vscode.l10n.t("Trust this workspace first: a training may run a Python that lies in it."),
    );
  // What is on the screen is what is trained.
  await vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString())?.save();
  const client = await daemon.client();
  await client.call(grantRoot, { path: rootOf(file) });
  return (await client.call(startTraining, { file: file.fsPath })).job;
}
