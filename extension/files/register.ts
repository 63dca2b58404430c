import path from "node:path";
import * as vscode from "vscode";
import type { Networks } from "../networks.ts";
import { kindOf } from "./kinds.ts";
import { clipMayBeThere } from "./namedFile.ts";
import { AfterRest } from "./afterRest.ts";

/** The language of `*.experiment.yaml`, `*.interview.yaml`, `*.training.yaml` and `*.scheme.yaml`; JSON files have their schema from package.json. */
const language = "edin-yaml";
const selector: vscode.DocumentSelector = [
  { language },
  { pattern: "**/*.{experiment,interview,scheme,training}.json" },
];
/** Looked at again when typing rests. */
const restMs = 300;

/** Diagnostics with quick fixes, completion, and a lens that runs an experiment. What they need is loaded with the first file. */
export function registerFiles(networks: Networks): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection("edin");
  const waiting = new AfterRest();
  const checkLater = (document: vscode.TextDocument, afterMs: number): void => {
    if (kindOf(document.fileName) === undefined) return;
    waiting.later(document, afterMs, () => void diagnose(networks, document, diagnostics));
  };
  for (const document of vscode.workspace.textDocuments) checkLater(document, 0);
  return vscode.Disposable.from(
    diagnostics,
    vscode.workspace.onDidOpenTextDocument((document) => checkLater(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => checkLater(document, restMs)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      waiting.forget(uri);
      diagnostics.delete(uri);
    }),
    vscode.languages.registerCodeActionsProvider(selector, { provideCodeActions: quickFixes }),
    vscode.languages.registerCompletionItemProvider(
      { language },
      { provideCompletionItems: (document, position) => complete(networks, document, position) },
      " ",
      "\n",
      "{",
      ",",
    ),
    vscode.languages.registerHoverProvider({ language }, { provideHover: explain }),
    vscode.languages.registerCodeLensProvider(selector, { provideCodeLenses: runLens }),
    waiting,
  );
}

/** A diagnostic that knows how it is mended. */
class MendableDiagnostic extends vscode.Diagnostic {
  fix: { readonly title: string; readonly range: vscode.Range; readonly text: string } | undefined;
}

async function diagnose(
  networks: Networks,
  document: vscode.TextDocument,
  diagnostics: vscode.DiagnosticCollection,
): Promise<void> {
  const kind = kindOf(document.fileName);
  if (kind === undefined) return;
  const { findFaults } = await import("./faults.ts");
  const { checkedExperiment } = await import("./experimentChecks.ts");
  const { fileSchemas } = await import("./schemas.ts");
  const schema =
    kind === "experiment"
      ? checkedExperiment(await networks.list(), (clip) =>
          clipMayBeThere(path.dirname(document.fileName), clip),
        )
      : fileSchemas[kind];
  if (document.isClosed) return;
  const range = (start: number, end: number): vscode.Range =>
    new vscode.Range(document.positionAt(start), document.positionAt(end));
  const faults = findFaults(document.getText(), schema)
    // What the schema says of JSON the editor tells by itself.
    .filter(({ beyondSchema }) => beyondSchema || document.languageId === language);
  diagnostics.set(
    document.uri,
    faults.map(({ start, end, message, fix }) => {
      const diagnostic = new MendableDiagnostic(range(start, end), message);
      diagnostic.source = "EDIN";
      if (fix !== undefined)
        diagnostic.fix = { title: fixTitle(fix), range: range(fix.start, fix.end), text: fix.text };
      return diagnostic;
    }),
  );
}

function fixTitle({ kind, what }: { kind: "rename" | "replace" | "add"; what: string }): string {
  if (kind === "rename") return vscode.l10n.t('Rename to "{0}"', what);
  return kind === "replace" ? vscode.l10n.t('Replace by "{0}"', what) : vscode.l10n.t('Add "{0}"', what);
}

function quickFixes(
  document: vscode.TextDocument,
  _range: vscode.Range,
  { diagnostics }: vscode.CodeActionContext,
): vscode.CodeAction[] {
  return diagnostics.flatMap((diagnostic) => {
    if (!(diagnostic instanceof MendableDiagnostic) || diagnostic.fix === undefined) return [];
    const { title, range, text } = diagnostic.fix;
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    action.edit = new vscode.WorkspaceEdit();
    action.edit.replace(document.uri, range, text);
    action.diagnostics = [diagnostic];
    action.isPreferred = true;
    return action;
  });
}

async function complete(
  networks: Networks,
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.CompletionItem[]> {
  const kind = kindOf(document.fileName);
  if (kind === undefined) return [];
  const { suggestionsAt } = await import("./suggestions.ts");
  const { fileSchemas } = await import("./schemas.ts");
  const before = document.getText(new vscode.Range(new vscode.Position(0, 0), position));
  const models = kind === "experiment" ? await networks.list() : [];
  return suggestionsAt(before, fileSchemas[kind], models).map(
    ({ label, text, kind: what, description }, i) => {
      const item = new vscode.CompletionItem(
        label,
        what === "key" ? vscode.CompletionItemKind.Property : vscode.CompletionItemKind.EnumMember,
      );
      item.insertText = text;
      item.sortText = String(i).padStart(3, "0");
      if (description !== undefined) item.documentation = description;
      return item;
    },
  );
}

async function explain(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.Hover | undefined> {
  const kind = kindOf(document.fileName);
  if (kind === undefined) return undefined;
  const { explanationAt } = await import("./hover.ts");
  const { fileSchemas } = await import("./schemas.ts");
  const found = explanationAt(document.getText(), document.offsetAt(position), fileSchemas[kind]);
  if (found === undefined) return undefined;
  const range = new vscode.Range(document.positionAt(found.start), document.positionAt(found.end));
  return new vscode.Hover(new vscode.MarkdownString(found.lines.join("\n\n")), range);
}

function runLens(document: vscode.TextDocument): vscode.CodeLens[] {
  const lens = (command: string, title: string) => [
    new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { command, title, arguments: [document.uri] }),
  ];
  const kind = kindOf(document.fileName);
  if (kind === "experiment")
    return lens("edin.runExperiment", `$(run-all) ${vscode.l10n.t("Run experiment")}`);
  return kind === "training" ? lens("edin.train", `$(mortar-board) ${vscode.l10n.t("Train")}`) : [];
}
