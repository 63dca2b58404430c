import path from "node:path";
import * as vscode from "vscode";

/** Asks where a notebook goes, writes it there with its table, and opens it. */
export async function openNotebook(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const main = Object.keys(files).find((file) => file.endsWith(".ipynb"));
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (main === undefined) return;
  const stem = name.replace(/[^\p{L}\p{N} _-]+/gu, "_");
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t("Where is the notebook to go? Its table goes beside it."),
    filters: { Jupyter: ["ipynb"] },
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, `${stem}.notebook`, main) }),
  });
  if (target === undefined) return;
  const beside = vscode.Uri.file(path.dirname(target.fsPath));
  for (const [file, text] of Object.entries(files))
    await vscode.workspace.fs.writeFile(
      file === main ? target : vscode.Uri.joinPath(beside, file),
      new TextEncoder().encode(text),
    );
  await vscode.commands.executeCommand("vscode.open", target);
}
