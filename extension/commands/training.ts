import path from "node:path";
import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import { kindOf } from "../files/kinds.ts";
import { daemonEnvironment, readSettings } from "../settings.ts";

/**
 * Trains what a file says, as a task: its terminal shows each epoch, Ctrl-C there ends early and keeps the best. Afterwards the
 * network can be made the one that analyses use.
 */
export async function trainNetwork(script: string, given?: vscode.Uri): Promise<void> {
  const file = given ?? vscode.window.activeTextEditor?.document.uri;
  if (file === undefined || kindOf(file.fsPath) !== "training")
    throw new AppError(
      "not_found",
      vscode.l10n.t("Open a training file first. Make one whose name ends in .training.yaml."),
    );
  // What is on the screen is what is trained.
  await vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString())?.save();
  const results = vscode.Uri.file(file.fsPath.replace(/(\.training)?\.[^.]*$/, ".trained"));
  const result = vscode.Uri.joinPath(results, "training.json");
  if (!(await mayReplace(result))) return;
  const code = await runToEnd(script, file.fsPath, [
    ...["train", file.fsPath, "--force", "--device", readSettings().device],
  ]);
  if (code !== 0) return;
  await offer(script, result);
}

async function mayReplace(result: vscode.Uri): Promise<boolean> {
  const there = await vscode.workspace.fs.stat(result).then(
    () => true,
    () => false,
  );
  if (!there) return true;
  const replace = vscode.l10n.t("Replace");
  const folder = path.basename(path.dirname(result.fsPath));
  const question = vscode.l10n.t("Replace the results of the earlier run in {0}?", folder);
  return (await vscode.window.showWarningMessage(question, { modal: true }, replace)) === replace;
}

/** Runs the command as a task; its exit code, undefined when it was ended by force. */
async function runToEnd(script: string, file: string, args: readonly string[]): Promise<number | undefined> {
  const name = vscode.l10n.t("Train {0}", path.basename(file));
  const execution = new vscode.ProcessExecution(process.execPath, [script, ...args], {
    cwd: path.dirname(file),
    env: Object.fromEntries(
      Object.entries(daemonEnvironment()).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
  });
  const task = new vscode.Task({ type: "edin" }, vscode.TaskScope.Workspace, name, "EDIN", execution);
  task.isBackground = false;
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated };
  const running = await vscode.tasks.executeTask(task);
  return new Promise((resolve) => {
    const listening = vscode.tasks.onDidEndTaskProcess(({ execution: ended, exitCode }) => {
      if (ended !== running) return;
      listening.dispose();
      resolve(exitCode);
    });
  });
}

/** Says what came out, and makes the network the default of its task when the user wants that. */
async function offer(script: string, result: vscode.Uri): Promise<void> {
  const { importableTask, trainingResultSchema } = await import("../../shared/protocol/training.ts");
  const text = Buffer.from(await vscode.workspace.fs.readFile(result)).toString("utf8");
  const { network, task, runs } = trainingResultSchema.parse(JSON.parse(text));
  const figures = runs.find((run) => run.network === network)!.figures;
  const served = importableTask(task);
  const use = vscode.l10n.t("Use for Analyses");
  const card = vscode.l10n.t("Show Card");
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      "{0}: accuracy {1}, macro-F1 {2}",
      ...[network, figures.accuracy.value.toFixed(3), figures.macroF1.value.toFixed(3)],
    ),
    ...(served === undefined ? [card] : [use, card]),
  );
  if (chosen === card) {
    const file = vscode.Uri.joinPath(result, "..", network, "card.md");
    await vscode.commands.executeCommand("markdown.showPreview", file);
  } else if (chosen === use && served !== undefined)
    await runToEnd(script, network, ["models", "use", network, "--for", served]);
}
