import { createReadStream } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { AppError, toAppError } from "../../shared/errors.ts";
import { aroundKey } from "../../shared/labels/check/neighbours.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { isLabelsFile } from "../../shared/labels/newFile.ts";
import { mediaType } from "../../shared/mediaTypes.ts";
import {
  getClipFacts,
  listColleagues,
  prepareLabelledCopy,
  type LabelsAround,
} from "../../shared/protocol/labelRoutes.ts";
import type { LabelsToHost, LabelsToPanel } from "../../shared/protocol/labelsPanel.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import { rootOf } from "../clips.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import type { LabelsRequests } from "../panels/source.ts";
import { AfterRest } from "../files/afterRest.ts";
import { labelsAround } from "./labelFacts.ts";
import { clipPath } from "./labelFiles.ts";
import { isThere } from "../isThere.ts";
import type { UnsavedLabels } from "./unsavedLabels.ts";

const copyAskedEveryMs = 500;
/** What is around a file is looked at again when changes rest. */
const restMs = 500;

interface SessionParts {
  readonly daemon: DaemonSupervisor;
  readonly unsaved: UnsavedLabels;
  readonly log: Log;
  /** To the panel. */
  readonly post: (message: LabelsToPanel) => void;
  /** Labels files and schemes that come, go or change. */
  readonly onFile: vscode.Event<vscode.Uri>;
}

/** One editor of one labels file: passes changes between the panel and the text document, which owns the text. */
export class LabelsSession implements LabelsRequests, vscode.Disposable {
  readonly document: vscode.TextDocument;
  readonly #daemon: DaemonSupervisor;
  readonly #unsaved: UnsavedLabels;
  readonly #log: Log;
  readonly #post: (message: LabelsToPanel) => void;
  readonly #subscriptions: readonly { dispose(): unknown }[];
  /** Rises with each change that did not come from this panel. */
  #serial = 0;
  /** What the panel has, once all its changes are in. */
  #known: string;
  #last: Promise<void> = Promise.resolve();
  readonly #later = new AfterRest();
  /** Of the heading for which what is around it was told, and for which colleagues were. */
  #aroundKey: string | undefined;
  #colleaguesKey: string | undefined;
  #over = false;

  constructor(document: vscode.TextDocument, { daemon, unsaved, log, post, onFile }: SessionParts) {
    this.document = document;
    this.#daemon = daemon;
    this.#unsaved = unsaved;
    this.#log = log;
    this.#post = post;
    this.#known = this.#text();
    this.#subscriptions = [
      this.#later,
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document !== this.document) return;
        this.#lookAroundLater();
        if (this.#text() === this.#known) return;
        this.#known = this.#text();
        this.#serial++;
        this.#post({ kind: "text", text: this.#known, serial: this.#serial });
      }),
      // What colleagues say is read by the daemon, for what is saved: a blind file shows it once it is done.
      vscode.workspace.onDidSaveTextDocument((saved) => {
        if (saved === this.document && this.#key() !== this.#colleaguesKey) void this.#colleagues();
      }),
      onFile(({ fsPath }) => {
        const { fileName } = this.document;
        const ofOthers = isLabelsFile(fsPath);
        if (fsPath === fileName || (ofOthers && path.dirname(fsPath) !== path.dirname(fileName))) return;
        this.#aroundKey = undefined;
        this.#lookAroundLater();
        if (ofOthers) void this.#colleagues();
      }),
    ];
  }

  dispose(): void {
    this.#over = true;
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  receive(message: LabelsToHost): void {
    switch (message.kind) {
      case "open":
        void this.#open();
        return;
      case "edit":
        this.#last = this.#last.then(() => this.#edit(message)).catch(this.#failed);
        return;
      case "turn":
        this.#post(message);
        return;
      case "draft":
        this.#unsaved.keepDraft(this.document, message.text);
        return;
      case "undo":
      case "redo":
        void vscode.commands.executeCommand(message.kind);
        return;
      case "typing":
        void vscode.commands.executeCommand("setContext", "edin.labelsTyping", message.on);
        return;
      case "as-text":
        void this.#asText(message.offset);
        return;
      case "prepare-copy":
        void this.#prepareCopy();
    }
  }

  reveal(timeMs: number, id?: string): void {
    this.#post({ kind: "reveal", timeMs, ...(id !== undefined && { id }) });
  }

  do(action: string): void {
    this.#post({ kind: "do", action });
  }

  async clip(copy: boolean, signal: AbortSignal): Promise<{ type: string; body: AsyncIterable<Uint8Array> }> {
    if (copy) return (await this.#granted()).labelledCopy(this.document.fileName, signal);
    const file = this.#clip();
    if (file === undefined || !(await isThere(file)))
      throw new AppError(
        "media_not_found",
        vscode.l10n.t("The clip is not there. Put it beside the labels file."),
      );
    return {
      type: mediaType(file),
      body: createReadStream(file, { signal, highWaterMark: 1 << 20 }),
    };
  }

  async #open(): Promise<void> {
    const around = await this.#around();
    // What was changed while that was looked for is in this text.
    this.#known = this.#text();
    this.#post({ kind: "file", text: this.#known, serial: this.#serial, ...around });
    await this.#facts();
  }

  async #around(): Promise<LabelsAround> {
    const head = this.#head();
    this.#aroundKey = head && aroundKey(head);
    return head === undefined
      ? { clipFound: false, twins: [], clips: [], schemes: [] }
      : labelsAround(this.document.fileName, head);
  }

  #lookAroundLater(): void {
    this.#later.later(this.document, restMs, () => {
      const key = this.#key();
      if (key === undefined || key === this.#aroundKey) return;
      this.#around()
        .then((around) => this.#over || this.#post({ kind: "around", ...around }))
        .catch(this.#failed);
    });
  }

  async #colleagues(): Promise<void> {
    this.#colleaguesKey = this.#key();
    try {
      const client = await this.#granted();
      const { files } = await client.call(listColleagues, { path: this.document.fileName });
      if (!this.#over) this.#post({ kind: "colleagues", files });
    } catch (error) {
      this.#log.error("Labels of colleagues could not be read.", error);
    }
  }

  /** The file can be edited without the daemon: only the waveform and the exact frame rate need it. */
  async #facts(): Promise<void> {
    await this.#colleagues();
    try {
      const client = await this.#granted();
      const facts = await client.call(getClipFacts, { path: this.document.fileName });
      if (!this.#over) this.#post({ kind: "facts", facts });
    } catch (error) {
      this.#log.error("The clip of a labels file could not be looked at.", error);
    }
  }

  async #granted() {
    const client = await this.#daemon.client();
    await client.call(grantRoot, { path: rootOf(this.document.uri) });
    return client;
  }

  async #prepareCopy(): Promise<void> {
    try {
      for (;;) {
        const { ready, share } = await (
          await this.#granted()
        ).call(prepareLabelledCopy, { path: this.document.fileName });
        if (this.#over) return;
        this.#post({ kind: "copy", ready, share });
        if (ready) return;
        await new Promise((resolve) => setTimeout(resolve, copyAskedEveryMs));
      }
    } catch (error) {
      this.#post({ kind: "copy", ready: false, share: 0, problem: toAppError(error).message });
    }
  }

  async #edit({ number, serial, start, end, text }: Extract<LabelsToHost, { kind: "edit" }>): Promise<void> {
    // Somebody else changed the text meanwhile: the panel has that by now and makes its change anew.
    if (serial !== this.#serial) return;
    const before = this.#text();
    const after = before.slice(0, start) + text + before.slice(end);
    this.#known = after;
    const edit = new vscode.WorkspaceEdit();
    edit.replace(
      this.document.uri,
      new vscode.Range(positionIn(before, start), positionIn(before, end)),
      text,
    );
    if (await vscode.workspace.applyEdit(edit)) this.#post({ kind: "applied", number });
    else {
      this.#known = this.#text();
      this.#serial++;
      this.#post({ kind: "text", text: this.#known, serial: this.#serial });
    }
  }

  async #asText(offset = 0): Promise<void> {
    const at = positionIn(this.#text(), offset);
    await vscode.commands.executeCommand("vscode.openWith", this.document.uri, "default", {
      viewColumn: vscode.ViewColumn.Beside,
      selection: new vscode.Range(at, at),
    });
  }

  /** Line ends as EDIN writes them, whatever the document's are. */
  #text(): string {
    return this.document.getText().replaceAll("\r\n", "\n");
  }

  #head() {
    try {
      return parseLabels(this.#text()).head;
    } catch {
      // The panel shows what is wrong, and what can be recovered.
      return undefined;
    }
  }

  #key(): string | undefined {
    const head = this.#head();
    return head && aroundKey(head);
  }

  #clip(): string | undefined {
    const head = this.#head();
    return head === undefined ? undefined : clipPath(this.document.fileName, head);
  }

  readonly #failed = (error: unknown): void => this.#log.error("A change of labels failed.", error);
}

/** Lines and columns are the same for every kind of line end, offsets are not. */
function positionIn(text: string, offset: number): vscode.Position {
  const before = text.slice(0, offset);
  const line = before.split("\n").length - 1;
  return new vscode.Position(line, offset - (before.lastIndexOf("\n") + 1));
}
