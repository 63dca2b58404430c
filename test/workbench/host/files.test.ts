import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { until } from "../../support/until.ts";

/** A misspelt key in line 3, a network that is none in line 6, a clip that is not there in line 2. */
const wrong = `title: Two detectors
clips: [clip.mp4, absent.mp4]
repeat: 2
runs:
  - name: a
    networks: {face: face-blazefacee}
`;

describe("files that users write", () => {
  const workspace = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const at = (name: string): vscode.Uri => vscode.Uri.file(path.join(workspace(), name));
  const open = async (name: string, text: string): Promise<vscode.TextDocument> => {
    await writeFile(at(name).fsPath, text);
    const document = await vscode.workspace.openTextDocument(at(name));
    await vscode.window.showTextDocument(document);
    return document;
  };
  const problems = (uri: vscode.Uri, count: number) =>
    until(
      () => {
        const found = vscode.languages.getDiagnostics(uri);
        return found.length === count ? found : undefined;
      },
      60_000,
      `${count} problems in ${uri.fsPath}`,
    );

  it("have their faults in the Problems view, with a quick fix", async () => {
    const document = await open("compare.experiment.yaml", wrong);
    assert.equal(document.languageId, "edin-yaml");
    const mend = async (left: number, message: RegExp): Promise<void> => {
      const found = (await problems(document.uri, left)).find((problem) => message.test(problem.message));
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        "vscode.executeCodeActionProvider",
        document.uri,
        found!.range,
        vscode.CodeActionKind.QuickFix.value,
      );
      assert.equal(await vscode.workspace.applyEdit(actions[0]!.edit!), true);
    };
    await mend(3, /"repeat" is not known/);
    assert.equal(document.lineAt(2).text, "repeats: 2");
    await mend(2, /For face there are: /);
    assert.match(document.lineAt(5).text, /face: face-blazeface\}/);
    const [clip] = await problems(document.uri, 1);
    assert.match(clip!.message, /no file absent\.mp4/);
    assert.equal(document.getText(clip!.range), "absent.mp4");
  });

  it("explain their keys, and offer networks inside braces", async () => {
    const text = "title: T\nclips: [clip.mp4]\nconfig: {maxFaces: 3}\nnetworks: { face: ";
    const document = await open("hover.experiment.yaml", text);
    const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      new vscode.Position(2, 11),
    );
    const shown = hover!.contents.map((one) => (one as vscode.MarkdownString).value).join();
    assert.match(shown, /Faces followed at a time/);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      document.positionAt(text.length),
    );
    assert.ok(items.some(({ label }) => label === "face-blazeface"));
  });

  it("are completed with what the schema knows", async () => {
    const document = await open("talk.interview.yaml", "title: T\nprompts:\n  - id: a\n    ");
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      new vscode.Position(3, 4),
    );
    const labels = items.map(({ label }) => label);
    for (const key of ["text", "speak", "answerSeconds"]) assert.ok(labels.includes(key), key);
  });

  it("in JSON have the schema too", async () => {
    const document = await open("compare.experiment.json", '{"title": "T", "clips": [], "colour": 1}');
    const found = await problems(document.uri, 2);
    assert.match(found.map(({ message }) => message).join(), /colour/);
  });

  it("an experiment runs from its file and ends in one table", async () => {
    const text =
      "title: T\nclips: [clip.mp4]\nruns:\n  - name: a\n  - {name: b, config: {detectEveryFrames: 1}}\n";
    const document = await open("run.experiment.yaml", text);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      document.uri,
    );
    assert.equal(lenses[0]?.command?.command, "edin.runExperiment");
    await vscode.commands.executeCommand("edin.runExperiment", document.uri);
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    assert.ok(
      tabs.some(({ label }) => label === "EDIN Experiments"),
      tabs.map(({ label }) => label).join(),
    );
    const results = (name: string) => readFile(path.join(workspace(), "run.results", name), "utf8");
    assert.equal((await results("comparison.csv")).trim().split("\n").length, 3);
    const { state, rows } = JSON.parse(await results("experiment.json")) as {
      state: string;
      rows: { state: string }[];
    };
    assert.deepEqual([state, ...rows.map((row) => row.state)], ["done", "done", "done"]);
    const analysis = JSON.parse(
      await readFile(path.join(workspace(), "run.results/b/clip.mp4/analysis.json"), "utf8"),
    ) as { config: { detectEveryFrames: number } };
    assert.equal(analysis.config.detectEveryFrames, 1);
  });
});
