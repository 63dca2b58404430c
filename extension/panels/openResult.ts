import path from "node:path";
import * as vscode from "vscode";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";

export const resultEditorType = "edin.result";

/** Folder of an analysis in the data folder of the daemon. */
export function analysisFolder(daemon: DaemonSupervisor, id: string): string {
  return path.join(daemon.dataDir, "analyses", id);
}

/** Opens the result of an analysis of the daemon in its editor. */
export async function openResult(
  daemon: DaemonSupervisor,
  id: string,
  column?: vscode.ViewColumn,
): Promise<void> {
  const uri = vscode.Uri.file(path.join(analysisFolder(daemon, id), "analysis.json"));
  await vscode.commands.executeCommand("vscode.openWith", uri, resultEditorType, column);
}
