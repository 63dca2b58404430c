import * as vscode from "vscode";
import { toAppError } from "../../shared/errors.ts";
import { checkLabels } from "../../shared/labels/check/checkLabels.ts";
import type { LabelProblem } from "../../shared/labels/check/problem.ts";
import { formatLabels, parseLabels, salvageLabels } from "../../shared/labels/document.ts";
import { textChange } from "../../shared/labels/edits.ts";
import { isLabelsFile } from "../../shared/labels/newFile.ts";
import { problemRanges } from "../../shared/labels/places.ts";
import type { Log } from "../log.ts";
import { labelFacts } from "./labelFacts.ts";
import { AfterRest } from "../files/afterRest.ts";

/** Looked at again when typing rests. */
const restMs = 500;
/** A file with more is most likely checked against another scheme. */
const maxProblems = 500;

const selector: vscode.DocumentSelector = [{ pattern: "**/*.labels.json" }];

/** A diagnostic that knows what it is about. */
class LabelDiagnostic extends vscode.Diagnostic {
  problem: LabelProblem | undefined;
}

/** What is wrong in labels files that are open, in the Problems view, each with its fixes. */
export function registerLabelDiagnostics(log: Log): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection("edin.labels");
  const waiting = new AfterRest();
  const checkLater = (document: vscode.TextDocument, afterMs: number): void => {
    if (!isLabelsFile(document.fileName)) return;
    waiting.later(document, afterMs, () => {
      diagnose(document, diagnostics).catch((error: unknown) =>
        log.error("A labels file could not be checked.", error),
      );
    });
  };
  const checkAll = (): void => {
    for (const document of vscode.workspace.textDocuments) checkLater(document, restMs);
  };
  checkAll();
  // A clip, a scheme or a colleague's file that comes or goes changes what is wrong.
  const around = vscode.workspace.createFileSystemWatcher(
    "**/*.{scheme.yaml,scheme.yml,scheme.json,labels.json}",
  );
  return vscode.Disposable.from(
    diagnostics,
    around,
    around.onDidCreate(checkAll),
    around.onDidChange(checkAll),
    around.onDidDelete(checkAll),
    vscode.workspace.onDidOpenTextDocument((document) => checkLater(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => checkLater(document, restMs)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      waiting.forget(uri);
      diagnostics.delete(uri);
    }),
    vscode.languages.registerCodeActionsProvider(selector, { provideCodeActions: quickFixes }),
    waiting,
  );
}

async function diagnose(
  document: vscode.TextDocument,
  diagnostics: vscode.DiagnosticCollection,
): Promise<void> {
  const text = document.getText();
  const found = await problemsOf(document.fileName, text);
  if (document.isClosed || document.getText() !== text) return;
  const place = "broken" in found ? undefined : problemRanges(text);
  diagnostics.set(
    document.uri,
    "broken" in found
      ? [brokenDiagnostic(document, found.broken)]
      : found.problems.slice(0, maxProblems).map((problem) => {
          const { start, end } = place!(problem);
          const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
          const diagnostic = new LabelDiagnostic(range, problem.message, severity(problem));
          Object.assign(diagnostic, { source: "EDIN", code: problem.code, problem });
          return diagnostic;
        }),
  );
}

type Problems = { readonly problems: readonly LabelProblem[] } | { readonly broken: string };

async function problemsOf(file: string, text: string): Promise<Problems> {
  try {
    const labels = parseLabels(text);
    return { problems: checkLabels(labels, await labelFacts(file, labels.head)) };
  } catch (error) {
    return { broken: toAppError(error).message };
  }
}

const severity = ({ severity: how }: LabelProblem): vscode.DiagnosticSeverity =>
  how === "error" ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;

const brokenCode = "broken";

function brokenDiagnostic(document: vscode.TextDocument, message: string): vscode.Diagnostic {
  const line = Math.min(Number(/line (\d+)/.exec(message)?.[1] ?? 1), document.lineCount) - 1;
  const diagnostic = new vscode.Diagnostic(document.lineAt(line).range, message);
  Object.assign(diagnostic, { source: "EDIN", code: brokenCode });
  return diagnostic;
}

function quickFixes(
  document: vscode.TextDocument,
  _range: vscode.Range,
  { diagnostics }: vscode.CodeActionContext,
): vscode.CodeAction[] {
  const text = document.getText();
  return diagnostics.flatMap((diagnostic) => {
    if (diagnostic.source === "EDIN" && diagnostic.code === brokenCode) return recovery(document, diagnostic);
    if (!(diagnostic instanceof LabelDiagnostic) || diagnostic.problem === undefined) return [];
    return diagnostic.problem.fixes.map(({ title, apply }, i) => {
      const action = fix(document, title, formatLabels(apply(parseLabels(text))));
      action.diagnostics = [diagnostic];
      action.isPreferred = i === 0;
      return action;
    });
  });
}

/** What can still be read of a broken file; a line that cannot is said to be lost before it is. */
function recovery(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): vscode.CodeAction[] {
  try {
    const { document: labels, lost } = salvageLabels(document.getText());
    const title =
      lost.length === 0
        ? vscode.l10n.t("Mend the file: every line can be read")
        : vscode.l10n.t("Recover what can be read; lost lines: {0}", lost.length);
    const action = fix(document, title, formatLabels(labels));
    action.diagnostics = [diagnostic];
    return [action];
  } catch {
    // Not even the heading can be read: there is nothing to offer.
    return [];
  }
}

function fix(document: vscode.TextDocument, title: string, after: string): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  const change = textChange(document.getText(), after);
  if (change === undefined) return action;
  const range = new vscode.Range(document.positionAt(change.start), document.positionAt(change.end));
  action.edit.replace(document.uri, range, change.text);
  return action;
}
