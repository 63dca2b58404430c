import { signal } from "@preact/signals";
import { toAppError } from "../../shared/errors.ts";
import {
  formatLabels,
  parseLabels,
  salvageLabels,
  type LabelsDocument,
} from "../../shared/labels/document.ts";
import { signed, type Colleague } from "../../shared/labels/gold.ts";
import { textChange } from "../../shared/labels/edits.ts";
import type { Neighbours } from "../../shared/labels/check/neighbours.ts";
import type { ClipFacts, LabelsAround } from "../../shared/protocol/labelRoutes.ts";
import type { LabelsToPanel } from "../../shared/protocol/labelsPanel.ts";
import type { Scheme } from "../../shared/protocol/scheme.ts";
import type { LabelsChannel } from "./channel.ts";

export type Edit = (document: LabelsDocument) => LabelsDocument;

/** A labels file in an editor: what it says now, and the changes that are on their way to its text. */
export class LabelsStore {
  readonly document = signal<LabelsDocument | undefined>(undefined);
  /** Why the text cannot be read, while it cannot. */
  readonly broken = signal<string | undefined>(undefined);
  readonly scheme = signal<Scheme | undefined>(undefined);
  readonly schemeProblem = signal<string | undefined>(undefined);
  readonly clipFound = signal(true);
  readonly neighbours = signal<Neighbours>({ twins: [], clips: [], schemes: [] });
  /** What others say of the same clip, where this file may know it. */
  readonly colleagues = signal<readonly Colleague[]>([]);
  readonly facts = signal<ClipFacts | undefined>(undefined);
  /** Of the copy for playback. */
  readonly copy = signal<{
    readonly ready: boolean;
    readonly share: number;
    readonly problem?: string | undefined;
  }>({
    ready: false,
    share: 0,
  });
  readonly #channel: LabelsChannel;
  #text = "";
  #serial = 0;
  #number = 0;
  #pending: { readonly number: number; readonly edit: Edit }[] = [];

  constructor(channel: LabelsChannel) {
    this.#channel = channel;
  }

  /** @returns ends it */
  open(also: (message: LabelsToPanel) => void): () => void {
    const stop = this.#channel.listen((message) => {
      this.#receive(message);
      also(message);
    });
    this.#channel.send({ kind: "open" });
    return stop;
  }

  /** Changes the file; the text follows. */
  apply(edit: Edit): void {
    const before = this.document.peek();
    if (before === undefined) return;
    const edited = edit(before);
    if (edited === before) return;
    const after = decided(before, edited);
    const number = ++this.#number;
    // The answer may come before sending returns.
    this.#pending.push({ number, edit });
    this.#write(after, number);
  }

  /** Keeps against a crash what a change would make of the file, before it is made; without one, nothing more. */
  draft(edit?: Edit): void {
    const now = this.document.peek();
    if (now === undefined) return;
    this.#channel.send({
      kind: "draft",
      text: edit === undefined ? this.#text : formatLabels(decided(now, edit(now))),
    });
  }

  undo(): void {
    this.#channel.send({ kind: "undo" });
  }

  redo(): void {
    this.#channel.send({ kind: "redo" });
  }

  /** Replaces a broken text by what can be read of it. @returns lines that are lost */
  recover(): number {
    const { document, lost } = salvageLabels(this.#text);
    this.#write(document, ++this.#number);
    this.broken.value = undefined;
    return lost.length;
  }

  #write(document: LabelsDocument, number: number): void {
    const text = formatLabels(document);
    const change = textChange(this.#text, text);
    this.document.value = document;
    if (change === undefined) {
      this.#pending = this.#pending.filter((one) => one.number !== number);
      return;
    }
    this.#text = text;
    this.#channel.send({ kind: "edit", number, serial: this.#serial, ...change });
  }

  #receive(message: LabelsToPanel): void {
    switch (message.kind) {
      case "file":
        this.#lookAround(message);
        this.#take(message.text, message.serial);
        return;
      case "around":
        this.#lookAround(message);
        return;
      case "text":
        this.#take(message.text, message.serial);
        return;
      case "applied":
        this.#pending = this.#pending.filter(({ number }) => number > message.number);
        return;
      case "facts":
        this.facts.value = message.facts;
        return;
      case "colleagues":
        this.colleagues.value = message.files.flatMap(({ annotator, text }) => {
          try {
            return [{ annotator, document: parseLabels(text) }];
          } catch {
            // What is wrong in that file is told in that file.
            return [];
          }
        });
        return;
      case "copy":
        this.copy.value = message;
        return;
      case "do":
      case "reveal":
      case "turn":
    }
  }

  #lookAround({ scheme, schemeProblem, clipFound, twins, clips, schemes }: LabelsAround): void {
    this.scheme.value = scheme;
    this.schemeProblem.value = schemeProblem;
    this.clipFound.value = clipFound;
    this.neighbours.value = { twins, clips, schemes };
  }

  /** What was changed here and did not get there in time is changed again. */
  #take(text: string, serial: number): void {
    this.#text = text;
    this.#serial = serial;
    const again = this.#pending;
    this.#pending = [];
    try {
      this.document.value = parseLabels(text);
      this.broken.value = undefined;
    } catch (error) {
      this.broken.value = toAppError(error).message;
      return;
    }
    for (const { edit } of again) this.apply(edit);
  }
}

/** In a gold file each change says who made it. */
function decided(before: LabelsDocument, edited: LabelsDocument): LabelsDocument {
  const { gold, annotator } = before.head;
  return gold === true ? signed(before, edited, annotator, new Date().toISOString()) : edited;
}
