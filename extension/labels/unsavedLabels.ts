import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { isLabelsFile } from "../../shared/labels/newFile.ts";
import type { Log } from "../log.ts";

/** A change is on the disk after this at the latest. */
const keptAfterMs = 250;

interface Kept {
  /** Of the labels file when the document was last the same. */
  readonly fileSha256: string;
  readonly text: string;
}

/**
 * Keeps labels that are not saved, so that a crash costs no more than the last moment. VS Code backs a text up when nobody
 * has changed it for a second, which somebody who labels while a clip plays may not do for minutes.
 */
export class UnsavedLabels implements vscode.Disposable {
  readonly #folder: string;
  readonly #log: Log;
  readonly #subscriptions: vscode.Disposable;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** Hashes of files when their documents were last the same, by URI. */
  readonly #bases = new Map<string, string>();
  /** Texts of what is being rated, which their documents do not have yet, by URI. */
  readonly #drafts = new Map<string, string>();
  /** What is written and removed of a file goes one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
    const { workspace } = vscode;
    this.#subscriptions = vscode.Disposable.from(
      workspace.onDidOpenTextDocument((document) => this.#bringBack(document)),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        // What ran is in the text now, or is told again while it runs.
        if (contentChanges.length > 0) this.#drafts.delete(document.uri.toString());
        this.#keepSoon(document);
      }),
      workspace.onDidSaveTextDocument((document) => {
        this.#forget(document);
        const draft = this.#drafts.get(document.uri.toString());
        if (draft !== undefined) this.#keep(document, draft);
      }),
      workspace.onDidCloseTextDocument((document) => {
        // Closed without saving: that is what somebody wanted. Of what ran they were not asked.
        if (!this.#drafts.delete(document.uri.toString())) this.#forget(document);
      }),
    );
    for (const document of workspace.textDocuments) this.#bringBack(document);
  }

  dispose(): void {
    this.#subscriptions.dispose();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** Keeps a text that a document does not have yet: what is being rated. One that it has ends that. */
  keepDraft(document: vscode.TextDocument, text: string): void {
    if (text === document.getText().replaceAll("\r\n", "\n")) this.#drafts.delete(document.uri.toString());
    else this.#drafts.set(document.uri.toString(), text);
    this.#keep(document, text);
  }

  #keep(document: vscode.TextDocument, text: string): void {
    this.#then("Labels that are not saved could not be kept.", async () => {
      const file = this.#fileOf(document);
      const fileSha256 = this.#bases.get(document.uri.toString()) ?? (await this.#rememberBase(document));
      const kept: Kept = { fileSha256, text };
      await mkdir(this.#folder, { recursive: true });
      await writeFile(`${file}.part`, JSON.stringify(kept), { mode: 0o600 });
      await rename(`${file}.part`, file);
    });
  }

  #keepSoon(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    if (!isKept(document) || this.#timers.has(key)) return;
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        if (document.isDirty) this.#keep(document, document.getText());
        else if (!this.#drafts.has(key)) this.#forget(document);
      }, keptAfterMs),
    );
  }

  #forget(document: vscode.TextDocument): void {
    if (!isKept(document)) return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#then("Labels that were kept could not be removed.", async () => {
      await rm(this.#fileOf(document), { force: true });
      await this.#rememberBase(document);
    });
  }

  async #rememberBase({ uri, fileName }: vscode.TextDocument): Promise<string> {
    const bytes = await readFile(fileName).catch(() => new Uint8Array());
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    this.#bases.set(uri.toString(), sha256);
    return sha256;
  }

  /** After a crash: what was not saved comes back as a change that can be undone. */
  #bringBack(document: vscode.TextDocument): void {
    if (!isKept(document)) return;
    this.#then("Labels that were not saved could not be brought back.", async () => {
      const now = await this.#rememberBase(document);
      const text = await readFile(this.#fileOf(document), "utf8").catch(() => undefined);
      if (text === undefined) return;
      const kept = JSON.parse(text) as Kept;
      if (kept.text === document.getText()) return;
      const name = path.basename(document.fileName);
      if (kept.fileSha256 !== now) {
        void this.#offer(
          vscode.l10n.t("{0} was changed since labels in it were not saved.", name),
          kept.text,
        );
        return;
      }
      const edit = new vscode.WorkspaceEdit();
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      edit.replace(document.uri, document.validateRange(whole), kept.text);
      if (await vscode.workspace.applyEdit(edit))
        void vscode.window.showInformationMessage(
          vscode.l10n.t("Labels of {0} that were not saved are back. Undo takes them away.", name),
        );
    });
  }

  async #offer(message: string, content: string): Promise<void> {
    const open = vscode.l10n.t("Show What Was Not Saved");
    if ((await vscode.window.showWarningMessage(message, open)) !== open) return;
    await vscode.window.showTextDocument(
      await vscode.workspace.openTextDocument({ language: "json", content }),
    );
  }

  #fileOf({ uri }: vscode.TextDocument): string {
    return path.join(this.#folder, `${createHash("sha256").update(uri.toString()).digest("hex")}.json`);
  }

  #then(failure: string, work: () => Promise<void>): void {
    this.#last = this.#last.then(work).catch((error: unknown) => this.#log.error(failure, error));
  }
}

const isKept = ({ uri, fileName }: vscode.TextDocument): boolean =>
  uri.scheme === "file" && isLabelsFile(fileName);
