import * as vscode from "vscode";

export interface Choice<Value> extends vscode.QuickPickItem {
  readonly value: Value;
}

/** One question; what was chosen last stands first. */
export async function pick<Value>(
  title: string,
  last: Value | undefined,
  choices: readonly Choice<Value>[],
): Promise<Value | undefined> {
  const items = choices.toSorted((a, b) => Number(b.value === last) - Number(a.value === last));
  return (await vscode.window.showQuickPick(items, { title }))?.value;
}
