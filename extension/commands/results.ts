import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import {
  exportNameSchema,
  getExports,
  getResult,
  type AnalysisRecord,
} from "../../shared/protocol/analyses.ts";
import type { Analyses } from "../analyses.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { findByHash } from "../panels/findByHash.ts";

/** The ids of this result and of the one that is held against it; those of the same clip stand first in the list. */
export async function chooseCompared(
  analyses: Analyses,
  chosen: AnalysisRecord,
  selected: readonly AnalysisRecord[] = [],
): Promise<[string, string] | undefined> {
  const [first, second] = selected.filter(({ state }) => state === "done");
  if (first !== undefined && second !== undefined) return [first.id, second.id];
  const other = await chooseOther(analyses, chosen);
  return other && [chosen.id, other.id];
}

async function chooseOther(
  analyses: Analyses,
  { id, mediaPath }: AnalysisRecord,
): Promise<AnalysisRecord | undefined> {
  const others = analyses.all.filter((one) => one.state === "done" && one.id !== id);
  const items = others
    .toSorted((a, b) => Number(b.mediaPath === mediaPath) - Number(a.mediaPath === mediaPath))
    .map((analysis) => ({
      label: analysis.mediaName,
      description: `${analysis.pipeline}, ${new Date(analysis.createdAt).toLocaleString()}`,
      ...(analysis.mediaPath === mediaPath && { detail: vscode.l10n.t("the same clip") }),
      analysis,
    }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("There is no other result to compare with. Analyse the clip with other settings first."),
    );
    return undefined;
  }
  const title = vscode.l10n.t("Which result is it compared with?");
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.analysis;
}

/** Saves one of the exports, named after the clip. */
export async function exportResult(
  daemon: DaemonSupervisor,
  { id, mediaName, mediaPath }: AnalysisRecord,
): Promise<void> {
  const all = vscode.l10n.t("Everything, one ZIP");
  const chosen = await vscode.window.showQuickPick([all, ...exportNameSchema.options], {
    title: vscode.l10n.t("What of the result is to be saved?"),
  });
  if (chosen === undefined) return;
  const name = chosen === all ? "edin.zip" : exportNameSchema.parse(chosen);
  const stem = path.parse(mediaName).name;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(mediaPath));
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(folder, `${stem}.${name}`),
  });
  if (target === undefined) return;
  const client = await daemon.client();
  if (name === "edin.zip") await client.saveFile(getExports, { id }, target.fsPath);
  else {
    const pieces: Uint8Array[] = [];
    for await (const piece of await client.file(id, name)) pieces.push(piece);
    await writeFile(target.fsPath, Buffer.concat(pieces));
  }
  void vscode.window.showInformationMessage(vscode.l10n.t("{0} was saved.", path.basename(target.fsPath)));
}

/** Shows the clip in the explorer, or in the system's own when it lies outside the workspace; also one that was moved since. */
export async function revealClip(
  daemon: DaemonSupervisor,
  { id, state, mediaPath, mediaName }: AnalysisRecord,
): Promise<void> {
  let found: string | undefined = mediaPath;
  if (!existsSync(mediaPath)) {
    const result =
      state === "done" ? (await (await daemon.client()).call(getResult, { id })).result : undefined;
    found = result && (await findByHash(result.media, new AbortController().signal));
  }
  if (found === undefined)
    throw new AppError(
      "media_not_found",
      vscode.l10n.t("{0} is not there any more, and no file in the workspace has its content.", mediaName),
    );
  const uri = vscode.Uri.file(found);
  const inside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(inside ? "revealInExplorer" : "revealFileInOS", uri);
}
