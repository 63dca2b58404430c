import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { parseLabels } from "../../../shared/labels/document.ts";
import { badInput, badLabels, mendedRows } from "../../support/badLabels.ts";
import { until } from "../../support/until.ts";

const scheme = `title: Cast
tiers:
  - id: face
    kind: interval
    labels: [{id: happy}, {id: sad}, {id: neutral}]
`;

describe("labels in VS Code", () => {
  const at = (name: string): vscode.Uri =>
    vscode.Uri.file(path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, name));

  it("have each kind of bad input in the Problems view at its line, with a fix that loses nothing", async () => {
    const text = badLabels("clip.mp4", "bad", "cast.scheme.yaml");
    await writeFile(at("cast.scheme.yaml").fsPath, scheme);
    await writeFile(at("clip.bad (copy).labels.json").fsPath, text);
    await writeFile(at("clip.bad.labels.json").fsPath, text);
    const document = await vscode.workspace.openTextDocument(at("clip.bad.labels.json"));
    await vscode.window.showTextDocument(document);
    const problems = (count: number) =>
      until(
        () => {
          const found = vscode.languages.getDiagnostics(document.uri);
          return found.length === count ? found : undefined;
        },
        60_000,
        `${count} problems`,
      );
    const first = await problems(badInput.length);
    assert.deepEqual(
      first.map(({ code, range }, i) => [
        code,
        document.lineAt(range.start.line).text.includes(badInput[i]?.[1] ?? "?"),
      ]),
      badInput.map(([code]) => [code, true]),
    );
    let left: number = badInput.length;
    for (const [code, , words, title] of badInput) {
      const problem = (await problems(left)).find((one) => one.code === code)!;
      assert.match(problem.message, words);
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        document.uri,
        problem.range,
        vscode.CodeActionKind.QuickFix.value,
      );
      const fix = actions.find((action) => action.title === title);
      assert.ok(fix?.edit !== undefined, `${title} is not in ${actions.map((one) => one.title).join()}`);
      assert.equal(await vscode.workspace.applyEdit(fix.edit), true);
      left--;
    }
    await problems(0);
    assert.deepEqual(
      parseLabels(document.getText()).annotations.map(({ id, tier, startMs, endMs, label }) => [
        ...[id, tier, startMs, endMs, label],
      ]),
      mendedRows(10_000),
    );
    await document.save();
  });
});
