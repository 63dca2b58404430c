import path from "node:path";
import * as vscode from "vscode";
import { toAppError } from "../../shared/errors.ts";
import { cancelAnalysis, startAnalysis, type AnalysisRecord } from "../../shared/protocol/analyses.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import type { Analyses } from "../analyses.ts";
import type { DaemonClient } from "../daemon/client.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { openResult } from "../panels/openResult.ts";
import { readSettings } from "../settings.ts";
import { mediaEndings } from "../../shared/mediaTypes.ts";
import type { StartSettings } from "./chooseSettings.ts";
import { progressText } from "../views/progressText.ts";
import { findMedia, isMedia, rootOf } from "../clips.ts";

/** More clips than this in one folder are surely a mistake. */
const folderLimit = 1000;

/** Analyses a clip, or those that the user chooses. */
export async function analyse(
  daemon: DaemonSupervisor,
  analyses: Analyses,
  clip: vscode.Uri | undefined,
  settings?: StartSettings,
): Promise<void> {
  const chosen = clip?.scheme === "file" ? [clip] : await choose();
  if (chosen.length > 0) await run(daemon, analyses, chosen, settings);
}

/** Analyses every clip among files and folders, and below those. */
export async function analyseAll(
  daemon: DaemonSupervisor,
  analyses: Analyses,
  chosen: readonly vscode.Uri[],
  settings?: StartSettings,
): Promise<void> {
  const local = chosen.filter(({ scheme }) => scheme === "file");
  const names = local.map(({ fsPath }) => path.basename(fsPath)).join(", ");
  const clips = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Looking for clips in {0}", names),
      cancellable: true,
    },
    // Nothing at all where the search was cancelled: half of a folder is not what was asked for.
    async (_, token) => {
      const found = await findMedia(local, folderLimit, token);
      return token.isCancellationRequested ? undefined : found;
    },
  );
  if (clips === undefined) return;
  if (clips.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t("No video or sound file in {0}.", names));
    return;
  }
  await run(daemon, analyses, clips, settings);
}

async function choose(): Promise<vscode.Uri[]> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: true,
    openLabel: vscode.l10n.t("Analyse"),
    filters: { [vscode.l10n.t("Video and sound")]: [...mediaEndings] },
  });
  return (chosen ?? []).filter(isMedia);
}

/** Queues the clips and shows their progress where the work was started; cancelling cancels those that are left. */
async function run(
  daemon: DaemonSupervisor,
  analyses: Analyses,
  clips: readonly vscode.Uri[],
  settings: StartSettings = { pipeline: readSettings().pipeline, config: {} },
): Promise<void> {
  const title =
    clips.length === 1
      ? vscode.l10n.t("Analysing {0}", path.basename(clips[0]!.fsPath))
      : vscode.l10n.t("Analysing {0} clips", clips.length);
  const ended = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const client = await daemon.client();
      const queued = await queue(client, analyses, clips, settings, token);
      token.onCancellationRequested(() => void cancelAll(client, analyses, queued));
      const shown = analyses.onDidChange(() => progress.report(progressOf(queued, analyses)));
      try {
        return await Promise.all(queued.map(({ id }) => analyses.ended(id, token)));
      } finally {
        shown.dispose();
      }
    },
  );
  const [only] = ended;
  if (ended.length === 1 && only?.state === "done" && readSettings().openResultWhenDone)
    await openResult(daemon, only.id);
  const failed = ended.filter((analysis) => analysis?.state === "failed");
  if (failed.length > 0) await tellFailures(failed as AnalysisRecord[], ended.length);
}

async function queue(
  client: DaemonClient,
  analyses: Analyses,
  clips: readonly vscode.Uri[],
  settings: StartSettings,
  token: vscode.CancellationToken,
): Promise<AnalysisRecord[]> {
  const queued: AnalysisRecord[] = [];
  const granted = new Set<string>();
  for (const clip of clips) {
    if (token.isCancellationRequested) break;
    const root = rootOf(clip);
    if (!granted.has(root)) await client.call(grantRoot, { path: root });
    granted.add(root);
    const { analysis } = await client.call(startAnalysis, { mediaPath: clip.fsPath, ...settings });
    if (analyses.get(analysis.id) === undefined) analyses.put(analysis);
    client.watch(analysis.id);
    queued.push(analysis);
  }
  return queued;
}

function progressOf(queued: readonly AnalysisRecord[], analyses: Analyses): { message: string } {
  const now = queued.map(({ id }) => analyses.get(id));
  const running = now.find((analysis) => analysis?.state === "running");
  const left = now.filter((analysis) => analysis?.state === "queued").length;
  const progress = running?.progress;
  const share = progress === undefined ? "" : ` ${progressText(progress)}`;
  const name = queued.length > 1 && running !== undefined ? running.mediaName : "";
  const waiting = left > 0 ? `; ${vscode.l10n.t("{0} waiting", left)}` : "";
  return { message: `${name}${share}${waiting}` };
}

async function cancelAll(
  client: DaemonClient,
  analyses: Analyses,
  queued: readonly AnalysisRecord[],
): Promise<void> {
  // The last first, so that the queue does not start one that is cancelled next.
  for (const { id } of [...queued].reverse()) {
    const state = analyses.get(id)?.state;
    if (state === "queued" || state === "running") {
      // One that ends just now cannot be cancelled and need not be.
      await client.call(cancelAnalysis, { id }).catch(() => undefined);
    }
  }
}

async function tellFailures(failed: readonly AnalysisRecord[], all: number): Promise<void> {
  const first = failed[0]!.failure ?? toAppError(undefined);
  const message =
    all === 1
      ? `${failed[0]!.mediaName}: ${first.message}`
      : vscode.l10n.t("{0} of {1} clips failed; the first: {2}", failed.length, all, first.message);
  await vscode.window.showWarningMessage(message);
}
