import path from "node:path";
import * as vscode from "vscode";
import { Analyses } from "./analyses.ts";
import { registerCommands } from "./commands/register.ts";
import { DaemonSupervisor } from "./daemon/supervisor.ts";
import { registerFiles } from "./files/register.ts";
import { registerLabelDiagnostics } from "./labels/labelDiagnostics.ts";
import { LabelProjects } from "./labels/labelProjects.ts";
import { LabelsEditor, labelsEditorType } from "./labels/labelsEditor.ts";
import { LabelsTree } from "./labels/labelsTree.ts";
import { UnsavedLabels } from "./labels/unsavedLabels.ts";
import { LiveSessions } from "./live.ts";
import { Log } from "./log.ts";
import { Networks } from "./networks.ts";
import { resultEditorType } from "./panels/openResult.ts";
import { ResultEditor } from "./panels/resultEditor.ts";
import { onDaemonSettingsChanged } from "./settings.ts";
import { Trainings } from "./trainings.ts";
import { AnalysesTree } from "./views/analysesTree.ts";
import { LiveTree } from "./views/liveTree.ts";
import { ModelsTree } from "./views/modelsTree.ts";
import { ParticipantsTree } from "./views/participantsTree.ts";
import { createStatusBar } from "./views/statusBar.ts";
import { TrainingsTree } from "./views/trainingsTree.ts";

let supervisor: DaemonSupervisor | undefined;

/** Called by VS Code when a view, a command or a result of EDIN is first used. Nothing here waits or starts the daemon. */
export function activate(context: vscode.ExtensionContext): void {
  const log = new Log();
  const daemon = new DaemonSupervisor(context.asAbsolutePath("dist/edin.js"), log);
  const analyses = new Analyses(daemon);
  const participants = new ParticipantsTree(daemon);
  const live = new LiveSessions(daemon);
  const trainings = new Trainings(daemon);
  const networks = new Networks(daemon, context.asAbsolutePath("models"));
  const liveTree = new LiveTree(daemon, live);
  const participantsView = vscode.window.createTreeView("edin.participants", {
    treeDataProvider: participants,
  });
  const unsavedLabels = new UnsavedLabels(path.join(context.globalStorageUri.fsPath, "labels"), log);
  const labelsEditor = new LabelsEditor(context, daemon, unsavedLabels, log);
  const projects = new LabelProjects();
  supervisor = daemon;
  context.subscriptions.push(
    log,
    daemon,
    analyses,
    live,
    networks,
    trainings,
    createStatusBar(daemon, analyses, live, trainings),
    vscode.window.createTreeView("edin.live", { treeDataProvider: liveTree }),
    vscode.window.createTreeView("edin.analyses", {
      treeDataProvider: new AnalysesTree(daemon, analyses),
      canSelectMany: true,
    }),
    projects,
    unsavedLabels,
    labelsEditor,
    vscode.window.createTreeView("edin.labels", { treeDataProvider: new LabelsTree(projects) }),
    participantsView,
    participants.follow(participantsView),
    vscode.window.createTreeView("edin.trainings", {
      treeDataProvider: new TrainingsTree(daemon, trainings),
    }),
    vscode.window.createTreeView("edin.models", { treeDataProvider: new ModelsTree(daemon, networks) }),
    vscode.window.registerCustomEditorProvider(resultEditorType, new ResultEditor(context, daemon, log), {
      supportsMultipleEditorsPerDocument: true,
      webviewOptions: { retainContextWhenHidden: true },
    }),
    vscode.window.registerCustomEditorProvider(labelsEditorType, labelsEditor, {
      supportsMultipleEditorsPerDocument: true,
      webviewOptions: { retainContextWhenHidden: true },
    }),
    onDaemonSettingsChanged(() => {
      if (daemon.state !== "stopped")
        daemon.restart().catch((error: unknown) => log.error("The daemon did not start again.", error));
    }),
    registerFiles(networks),
    registerLabelDiagnostics(log),
    ...registerCommands(context, { daemon, analyses, participants, liveTree, labelsEditor, projects, log }),
  );
}

/** The daemon of this window ends with it, unless it trains. */
export async function deactivate(): Promise<void> {
  await supervisor?.leave();
}
