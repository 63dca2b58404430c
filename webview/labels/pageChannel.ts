import { isAppError, toAppError } from "../../shared/errors.ts";
import { aroundKey } from "../../shared/labels/check/neighbours.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { textChange, type TextChange } from "../../shared/labels/edits.ts";
import { toHttp } from "../../shared/protocol/endpoint.ts";
import {
  getClipFacts,
  getLabelledClip,
  getLabelledCopy,
  listColleagues,
  openLabels,
  prepareLabelledCopy,
  saveLabels,
} from "../../shared/protocol/labelRoutes.ts";
import type { LabelsToHost, LabelsToPanel } from "../../shared/protocol/labelsPanel.ts";
import type { Host } from "../host.ts";
import type { LabelsChannel } from "./channel.ts";

const saveAfterMs = 400;
const copyAskedEveryMs = 500;

/**
 * On the page: the text is saved as it changes, and undone from what it was. What still runs is saved with it, so that a tab
 * that dies costs no more than the last moment; it becomes a change once it ends.
 */
export class PageChannel implements LabelsChannel {
  readonly #host: Host;
  readonly #path: string;
  readonly #onSaved: (state: "saving" | "saved" | Error) => void;
  #listener: (message: LabelsToPanel) => void = () => undefined;
  #text = "";
  /** The text with what still runs. */
  #draft: string | undefined;
  #sha256 = "";
  /** Of the heading for which what is around it was told. */
  #aroundKey: string | undefined;
  #serial = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  readonly #undo: TextChange[] = [];
  readonly #redo: TextChange[] = [];

  constructor(host: Host, path: string, onSaved: (state: "saving" | "saved" | Error) => void) {
    this.#host = host;
    this.#path = path;
    this.#onSaved = onSaved;
  }

  listen(listener: (message: LabelsToPanel) => void): () => void {
    this.#listener = listener;
    const flush = (): void => void this.#save();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
      this.#listener = () => undefined;
    };
  }

  send(message: LabelsToHost): void {
    switch (message.kind) {
      case "open":
        void this.#open();
        return;
      case "edit":
        this.#edit(message);
        return;
      case "undo":
        this.#step(this.#undo, this.#redo);
        return;
      case "redo":
        this.#step(this.#redo, this.#undo);
        return;
      case "prepare-copy":
        void this.#prepareCopy();
        return;
      case "draft":
        this.#draft = message.text;
        this.#saveSoon(0);
        return;
      case "turn":
      case "typing":
      case "as-text":
    }
  }

  clipUrl(copy: boolean): Promise<string> {
    return Promise.resolve(toHttp(copy ? getLabelledCopy : getLabelledClip, { path: this.#path }).path);
  }

  inTurn(work: () => void): void {
    work();
  }

  async #open(): Promise<void> {
    try {
      const { text, sha256, ...around } = await this.#host.call(openLabels, { path: this.#path });
      this.#text = text;
      this.#sha256 = sha256;
      this.#aroundKey = keyOf(text);
      this.#listener({ kind: "file", text, serial: this.#serial, ...around });
      await this.#tellColleagues();
      if (around.clipFound)
        this.#listener({ kind: "facts", facts: await this.#host.call(getClipFacts, { path: this.#path }) });
    } catch (error) {
      this.#onSaved(toAppError(error));
    }
  }

  async #tellColleagues(): Promise<void> {
    const { files } = await this.#host.call(listColleagues, { path: this.#path });
    this.#listener({ kind: "colleagues", files });
  }

  /** Another clip, scheme or annotator, or a blind file that is done: what is around is another. */
  async #lookAround(): Promise<void> {
    const key = keyOf(this.#text);
    if (key === this.#aroundKey) return;
    this.#aroundKey = key;
    const opened = await this.#host.call(openLabels, { path: this.#path });
    this.#listener({ kind: "around", ...opened });
    await this.#tellColleagues();
  }

  #edit({ number, serial, start, end, text }: Extract<LabelsToHost, { kind: "edit" }>): void {
    if (serial !== this.#serial) return;
    this.#undo.push(this.#change({ start, end, text }));
    this.#redo.length = 0;
    this.#listener({ kind: "applied", number });
    this.#saveSoon();
  }

  #step(from: TextChange[], to: TextChange[]): void {
    const change = from.pop();
    if (change === undefined) return;
    to.push(this.#change(change));
    this.#tellText();
    this.#saveSoon();
  }

  /** @returns what takes it back */
  #change({ start, end, text }: TextChange): TextChange {
    this.#draft = undefined;
    const was = this.#text.slice(start, end);
    this.#text = this.#text.slice(0, start) + text + this.#text.slice(end);
    return { start, end: start + text.length, text: was };
  }

  #tellText(): void {
    this.#serial++;
    this.#listener({ kind: "text", text: this.#text, serial: this.#serial });
  }

  #saveSoon(afterMs = saveAfterMs): void {
    this.#onSaved("saving");
    // Not put off by what is changed meanwhile: who never rests has it saved too.
    this.#timer ??= setTimeout(() => void this.#save(), afterMs);
  }

  #save(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#timer === undefined) return this.#saving;
    this.#timer = undefined;
    this.#saving = this.#saving.then(async () => {
      try {
        const text = this.#draft ?? this.#text;
        const request = { path: this.#path, text, basedOn: this.#sha256 };
        this.#sha256 = (await this.#host.call(saveLabels, request)).sha256;
        if ((this.#draft ?? this.#text) === text) this.#onSaved("saved");
        await this.#lookAround();
      } catch (error) {
        if (isAppError(error, "conflict")) await this.#takeTheirs();
        this.#onSaved(toAppError(error));
      }
    });
    return this.#saving;
  }

  /** Somebody else saved: theirs is shown, and what was here stays one undo away. */
  async #takeTheirs(): Promise<void> {
    const { text, sha256 } = await this.#host.call(openLabels, { path: this.#path });
    this.#sha256 = sha256;
    const change = textChange(this.#text, text);
    if (change === undefined) return;
    this.#undo.push(this.#change(change));
    this.#tellText();
  }

  async #prepareCopy(): Promise<void> {
    try {
      for (;;) {
        const { ready, share } = await this.#host.call(prepareLabelledCopy, { path: this.#path });
        this.#listener({ kind: "copy", ready, share });
        if (ready) return;
        await new Promise((resolve) => setTimeout(resolve, copyAskedEveryMs));
      }
    } catch (error) {
      this.#listener({ kind: "copy", ready: false, share: 0, problem: toAppError(error).message });
    }
  }
}

/** Undefined while the text cannot be read. */
function keyOf(text: string): string | undefined {
  try {
    return aroundKey(parseLabels(text).head);
  } catch {
    return undefined;
  }
}
