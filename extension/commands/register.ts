import * as vscode from "vscode";
import type * as z from "zod";
import { toAppError } from "../../shared/errors.ts";
import { cancelAnalysis, retryAnalysis, type AnalysisRecord } from "../../shared/protocol/analyses.ts";
import type { Endpoint } from "../../shared/protocol/endpoint.ts";
import { cancelJob, deleteJob, retryJob, type Job } from "../../shared/protocol/jobs.ts";
import { stopLive } from "../../shared/protocol/live.ts";
import { stopTraining } from "../../shared/protocol/trainingRoutes.ts";
import type { Analyses } from "../analyses.ts";
import {
  openBeq,
  openCompare,
  openExperiments,
  openLive,
  openModelsPanel,
  openQueue,
  openTraining,
} from "../panels/openPanels.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { labelActions } from "../../shared/labels/actions.ts";
import { openAgreement } from "../labels/agreementPanel.ts";
import type { LabelProjects } from "../labels/labelProjects.ts";
import type { LabelsEditor } from "../labels/labelsEditor.ts";
import type { LabelsNode } from "../labels/labelsTree.ts";
import { labelClip, openLabelsNode, openNextLabels } from "../labels/newLabels.ts";
import { openCapturePage } from "../panels/liveRequests.ts";
import { openResult } from "../panels/openResult.ts";
import type { LiveNode, LiveTree } from "../views/liveTree.ts";
import type { ParticipantsTree, StudyNode } from "../views/participantsTree.ts";
import { analyse, analyseAll } from "./analyse.ts";
import { openInBrowser } from "./browser.ts";
import { showDoctor } from "./doctor.ts";
import { runExperiment } from "./experiment.ts";
import { trainNetwork } from "./training.ts";
import { showMenu } from "./menu.ts";
import { reportIssue } from "./reportIssue.ts";
import { shareWithoutFaces } from "./redact.ts";
import { analyseSample } from "./sample.ts";
import { removeAnalysis } from "./removeAnalysis.ts";
import { chooseSettings } from "./chooseSettings.ts";
import { chooseCompared, exportResult, revealClip } from "./results.ts";
import { chooseAndImportStudy, exportStudy, removeParticipant } from "./studies.ts";

export interface CommandParts {
  readonly daemon: DaemonSupervisor;
  readonly analyses: Analyses;
  readonly participants: ParticipantsTree;
  readonly liveTree: LiveTree;
  readonly labelsEditor: LabelsEditor;
  readonly projects: LabelProjects;
  readonly log: Log;
}

/** Registers every command of package.json. A failure is told once, in the daemon's words, and logged in full. */
export function registerCommands(
  context: vscode.ExtensionContext,
  { daemon, analyses, participants, liveTree, labelsEditor, projects, log }: CommandParts,
): vscode.Disposable[] {
  const command = (name: string, run: (...args: never[]) => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(name, async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        log.error(`${name} failed.`, error);
        const { message } = toAppError(error);
        const showLog = vscode.l10n.t("Show Log");
        void vscode.window.showErrorMessage(message, showLog).then((chosen) => {
          if (chosen === showLog) log.show();
        });
        return undefined;
      }
    });
  /** A command that needs the daemon, which starts again where the user stopped it. */
  const use = (name: string, run: (...args: never[]) => unknown): vscode.Disposable =>
    command(name, (...args) => {
      daemon.resume();
      return run(...args);
    });
  const call = async (route: typeof cancelAnalysis, { id }: AnalysisRecord): Promise<void> => {
    const client = await daemon.client();
    analyses.put((await client.call(route, { id })).analysis);
    client.watch(id);
  };
  const callOf = async <Answer extends z.ZodType>(
    { id }: Job,
    route: Endpoint<typeof cancelJob.request, Answer>,
  ): Promise<void> => {
    await (await daemon.client()).call(route, { id });
  };
  return [
    // From the explorer: what is under the pointer, and all that is selected. From the palette: neither.
    use("edin.analyse", (clip?: vscode.Uri, selected: vscode.Uri[] = []) =>
      selected.length > 1 ? analyseAll(daemon, analyses, selected) : analyse(daemon, analyses, clip),
    ),
    use("edin.analyseFolder", async (folder?: vscode.Uri, selected?: vscode.Uri[]) => {
      const chosen = folder ?? vscode.workspace.workspaceFolders?.[0]?.uri;
      if (chosen !== undefined) await analyseAll(daemon, analyses, selected ?? [chosen]);
    }),
    use("edin.analyseSample", () => analyseSample(context, daemon, analyses)),
    use("edin.runExperiment", (file?: vscode.Uri) =>
      runExperiment(
        { daemon, log, script: context.asAbsolutePath("dist/edin.js") },
        (folder) => openExperiments(context, daemon, log, folder),
        file,
      ),
    ),
    use("edin.openExperiments", () => openExperiments(context, daemon, log)),
    use("edin.train", async (file?: vscode.Uri) =>
      openTraining(context, daemon, log, (await trainNetwork(daemon, file)).id),
    ),
    use("edin.openTraining", (job?: Job) => openTraining(context, daemon, log, job?.id)),
    use("edin.stopTraining", (job: Job) => callOf(job, stopTraining)),
    use("edin.cancelTraining", (job: Job) => callOf(job, cancelJob)),
    use("edin.retryTraining", (job: Job) => callOf(job, retryJob)),
    use("edin.deleteTraining", (job: Job) => callOf(job, deleteJob)),
    use("edin.analyseWith", async (clip?: vscode.Uri, selected: vscode.Uri[] = []) => {
      const settings = await chooseSettings(context, daemon, undefined, selected[0] ?? clip);
      if (settings === undefined) return;
      if (selected.length > 1) await analyseAll(daemon, analyses, selected, settings);
      else await analyse(daemon, analyses, clip, settings);
    }),
    use("edin.shareWithoutFaces", (clip?: vscode.Uri) => shareWithoutFaces(daemon, analyses, clip)),
    use("edin.analyseAgain", async ({ mediaPath, pipeline, config, device }: AnalysisRecord) => {
      const clip = vscode.Uri.file(mediaPath);
      const settings = await chooseSettings(
        context,
        daemon,
        { pipeline, config, ...(device && { device }) },
        clip,
      );
      if (settings !== undefined) await analyse(daemon, analyses, clip, settings);
    }),
    use("edin.openResultBeside", (analysis: AnalysisRecord) =>
      openResult(daemon, analysis.id, vscode.ViewColumn.Beside),
    ),
    use("edin.compareResults", async (analysis: AnalysisRecord, selected?: AnalysisRecord[]) => {
      const both = await chooseCompared(analyses, analysis, selected);
      if (both !== undefined) openCompare(context, daemon, log, both);
    }),
    use("edin.exportResult", (analysis: AnalysisRecord) => exportResult(daemon, analysis)),
    use("edin.revealClip", (analysis: AnalysisRecord) => revealClip(daemon, analysis)),
    use("edin.openResult", (analysis: AnalysisRecord) => openResult(daemon, analysis.id)),
    use("edin.cancelAnalysis", (analysis: AnalysisRecord) => call(cancelAnalysis, analysis)),
    use("edin.retryAnalysis", (analysis: AnalysisRecord) => call(retryAnalysis, analysis)),
    use("edin.deleteAnalysis", (analysis: AnalysisRecord) => removeAnalysis(daemon, analysis)),
    use("edin.openBeq", (node?: StudyNode) => openBeq(context, daemon, log, node?.study.id)),
    use("edin.refreshStudies", () => participants.refresh()),
    use("edin.exportStudy", (node: StudyNode) => exportStudy(daemon, node)),
    use("edin.importStudy", async () => {
      await chooseAndImportStudy(daemon);
      participants.refresh();
    }),
    use("edin.deleteParticipant", async (node: StudyNode) => {
      await removeParticipant(daemon, node);
      participants.refresh();
    }),
    use("edin.refreshLive", () => liveTree.refresh()),
    use("edin.stopLive", async (node: LiveNode) => {
      if (node.kind !== "session") return;
      const { session } = await (await daemon.client()).call(stopLive, { id: node.session.id });
      if (session.analysisId !== undefined) await openResult(daemon, session.analysisId);
    }),
    use("edin.labelClip", (clip?: vscode.Uri) => labelClip({ context, daemon, projects }, clip)),
    use("edin.labelsNext", (node?: LabelsNode) => openNextLabels({ context, daemon, projects }, node)),
    use("edin.labelsOpen", (node: LabelsNode) => openLabelsNode({ context, daemon, projects }, node)),
    use("edin.labelsAgreement", (node?: LabelsNode) =>
      openAgreement({ context, daemon, log, projects, labelsEditor }, node),
    ),
    command("edin.refreshLabels", () => projects.refresh()),
    ...labelActions.map(({ id }) => command(`edin.labels.${id}`, () => labelsEditor.do(id))),
    use("edin.openModels", (id?: unknown) =>
      openModelsPanel(context, daemon, log, typeof id === "string" ? id : undefined),
    ),
    use("edin.openQueue", () => openQueue(context, daemon, log)),
    use("edin.openLive", (sessionId?: string) => openLive(context, daemon, log, sessionId)),
    use("edin.openCapture", () => openCapturePage(daemon)),
    use("edin.openInBrowser", () => openInBrowser(daemon)),
    use("edin.doctor", () => showDoctor(daemon)),
    command("edin.restartDaemon", () => daemon.restart()),
    command("edin.stopDaemon", () => daemon.stop()),
    command("edin.showLog", () => log.show()),
    command("edin.reportIssue", () => reportIssue(context, daemon, analyses, log)),
    command("edin.showMenu", () => showMenu(daemon)),
  ];
}
