import path from "node:path";
import * as vscode from "vscode";
import { isMediaName, isPictureName } from "../shared/mediaTypes.ts";

/** Whether a file is offered as a clip. */
export function isMedia(uri: vscode.Uri): boolean {
  return isMediaName(uri.fsPath);
}

/** What is granted for a clip: the folder that the user works in, and else that of the clip alone. */
export function rootOf(clip: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(clip)?.uri.fsPath ?? path.dirname(clip.fsPath);
}

/** Media among files and folders that were chosen, and below those, each once; no more than `limit`. */
export async function findMedia(
  chosen: readonly vscode.Uri[],
  limit: number,
  token: vscode.CancellationToken,
): Promise<vscode.Uri[]> {
  const found = new Map<string, vscode.Uri>();
  const open: vscode.Uri[] = [];
  for (const uri of chosen) {
    const { type } = await vscode.workspace.fs.stat(uri);
    if (type & vscode.FileType.Directory) open.push(uri);
    else if (isMedia(uri)) found.set(uri.fsPath, uri);
  }
  for (let next = open.shift(); next !== undefined && found.size < limit; next = open.shift()) {
    if (token.isCancellationRequested) break;
    const entries = await vscode.workspace.fs.readDirectory(next);
    for (const [name, type] of entries.sort(([a], [b]) => a.localeCompare(b))) {
      const uri = vscode.Uri.joinPath(next, name);
      // Links to folders are not followed: they may lead in a circle. Data sets of links (git-annex, DataLad) have links to
      // files; of one that leads nowhere, or out of the folder, its analysis says what is to be done.
      if (type === vscode.FileType.Directory && !name.startsWith(".") && name !== "node_modules")
        open.push(uri);
      // Pictures among clips are mostly thumbnails: they are analysed when they are chosen themselves.
      // What begins with a point is hidden: macOS leaves `._clip.mp4` beside each clip on other systems' disks.
      else if (
        !(type & vscode.FileType.Directory) &&
        !name.startsWith(".") &&
        isMedia(uri) &&
        !isPictureName(name)
      )
        found.set(uri.fsPath, uri);
    }
  }
  return [...found.values()].slice(0, limit);
}
