import path from "node:path";
import * as vscode from "vscode";

export const mediaExtensions = [
  "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg",
  "wav", "mp3", "m4a", "flac", "ogg", "opus",
] as const; // prettier-ignore

const known = new Set<string>(mediaExtensions);

export function isMedia(uri: vscode.Uri): boolean {
  return known.has(path.extname(uri.fsPath).slice(1).toLowerCase());
}

/** Media in `folder` and below, in the order of their paths; no more than `limit`. */
export async function findMedia(
  folder: vscode.Uri,
  limit: number,
  token: vscode.CancellationToken,
): Promise<vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  const open = [folder];
  for (let next = open.shift(); next !== undefined && found.length < limit; next = open.shift()) {
    if (token.isCancellationRequested) return [];
    const entries = await vscode.workspace.fs.readDirectory(next);
    for (const [name, type] of entries.sort(([a], [b]) => a.localeCompare(b))) {
      const uri = vscode.Uri.joinPath(next, name);
      // Links are not followed: the daemon refuses what leaves the granted folder.
      if (type === vscode.FileType.Directory && !name.startsWith(".") && name !== "node_modules")
        open.push(uri);
      else if (type === vscode.FileType.File && isMedia(uri)) found.push(uri);
    }
  }
  return found.slice(0, limit);
}
