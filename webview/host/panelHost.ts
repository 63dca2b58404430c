import { signal } from "@preact/signals";
import * as z from "zod";
import { failureOf } from "../../shared/protocol/caller.ts";
import type { ExportName, Played, SavedName } from "../../shared/protocol/analyses.ts";
import type { Endpoint } from "../../shared/protocol/endpoint.ts";
import type { LabelsToHost, LabelsToPanel } from "../../shared/protocol/labelsPanel.ts";
import { toPanelSchema, type ToHost, type ToPanel } from "../../shared/protocol/panel.ts";
import type { AnswerOf, DaemonEvent, Host, RequestName, RequestOf } from "../host.ts";
import { parseAnswer, parseEvent } from "./wire.ts";
import { Listeners } from "../../shared/listeners.ts";

export interface VsCodeApi {
  postMessage(message: unknown): void;
}

type Reply = Extract<ToPanel, { id: number }>;
type WithoutId<Message> = Message extends { id: number } ? Omit<Message, "id"> : never;

/** A panel in VS Code: everything goes to the extension host by postMessage. */
export class PanelHost implements Host {
  readonly kind = "panel";
  /** The extension host starts the daemon where it is needed, and says when it is lost. */
  readonly connected = signal(true);
  readonly #api: VsCodeApi;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #listeners = new Listeners<DaemonEvent>();
  readonly #labelsListeners = new Set<(message: LabelsToPanel) => void>();
  #lastId = 0;

  constructor(api: VsCodeApi) {
    this.#api = api;
    addEventListener("message", (message) => this.#receive(toPanelSchema.parse(message.data)));
    this.#send({ type: "ready" });
  }

  async call<Request extends z.ZodObject, Response extends z.ZodType>(
    route: Endpoint<Request, Response>,
    request: z.input<Request>,
  ): Promise<z.output<Response>> {
    const { method, path } = route;
    return route.response.parse(await this.#ask({ type: "call", method, path, request }));
  }

  async *resultFile(analysisId: string, name: ExportName, abort: AbortSignal): AsyncGenerator<string> {
    for await (const { data } of this.#stream({ kind: "file", analysisId, name }, abort))
      if (typeof data === "string") yield data;
  }

  /** A webview's media element cannot send the token: the clip comes as bytes and is played from memory. */
  mediaUrl(analysisId: string, played: Played, abort: AbortSignal): Promise<string> {
    return this.#mediaFrom({ kind: "media", analysisId, played }, abort);
  }

  async #mediaFrom(what: Extract<ToHost, { type: "open" }>["what"], abort: AbortSignal): Promise<string> {
    const parts: BlobPart[] = [];
    let type = "";
    for await (const { data, mediaType } of this.#stream(what, abort)) {
      if (data !== undefined && typeof data !== "string") parts.push(data);
      type = mediaType ?? type;
    }
    abort.throwIfAborted();
    return URL.createObjectURL(new Blob(parts, { type }));
  }

  async download(analysisId: string, name: SavedName, as: string): Promise<void> {
    await this.#ask({ type: "download", analysisId, name, as });
  }

  async save(name: string, content: Blob): Promise<void> {
    await this.#ask({ type: "save", name, bytes: new Uint8Array(await content.arrayBuffer()) });
  }

  watch(analysisId: string): void {
    this.#send({ type: "watch", analysisId });
  }

  async ask<Name extends RequestName>(name: Name, request: RequestOf<Name>): Promise<AnswerOf<Name>> {
    const value = await this.#ask({ type: "ask", name, request });
    return parseAnswer(name, { ok: true, ...(value as object) });
  }

  async chooseClip(): Promise<string | undefined> {
    return z
      .string()
      .optional()
      .parse(await this.#ask({ type: "choose-clip" }));
  }

  async openCapturePage(): Promise<void> {
    await this.#ask({ type: "open-capture" });
  }

  /** What the label editor says to the owner of its text. */
  sendLabels(message: LabelsToHost): void {
    this.#send({ type: "labels", message });
  }

  /** Opens a labels file at a time, in an editor of its own. */
  revealLabels(path: string, timeMs: number): void {
    this.#send({ type: "reveal-labels", path, timeMs });
  }

  /** Opens a training file, to be looked at and run. */
  openTrainingFile(path: string): void {
    this.#send({ type: "open-training-file", path });
  }

  /** Writes the files of a notebook into a folder that the user chooses, and opens the notebook. */
  openNotebook(name: string, files: Readonly<Record<string, string>>): void {
    this.#send({ type: "open-notebook", name, files });
  }

  onLabels(listener: (message: LabelsToPanel) => void): () => void {
    this.#labelsListeners.add(listener);
    return () => this.#labelsListeners.delete(listener);
  }

  /** The clip of the labels file that this panel edits, from memory as every clip here. */
  labelledUrl(copy: boolean, abort: AbortSignal): Promise<string> {
    return this.#mediaFrom({ kind: "labelled", copy }, abort);
  }

  onEvent(listener: (event: DaemonEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  #send(message: ToHost): void {
    this.#api.postMessage(message);
  }

  #receive(message: ToPanel): void {
    if (message.type === "connection") {
      this.connected.value = message.on;
      return;
    }
    if (message.type === "labels") {
      for (const listener of this.#labelsListeners) listener(message.message);
      return;
    }
    if (message.type === "event") {
      const event = parseEvent(message.name, message.payload);
      if (event !== undefined) this.#listeners.tell(event);
      return;
    }
    this.#waiting.get(message.id)?.(message);
    this.#waiting.delete(message.id);
  }

  async #ask(message: WithoutId<ToHost>): Promise<unknown> {
    const id = ++this.#lastId;
    const reply = await this.#next(id, { ...message, id });
    return reply.type === "reply" ? reply.value : undefined;
  }

  async *#stream(
    what: Extract<ToHost, { type: "open" }>["what"],
    abort: AbortSignal,
  ): AsyncGenerator<Extract<Reply, { type: "piece" }>> {
    const id = ++this.#lastId;
    this.#send({ type: "open", id, what });
    try {
      while (!abort.aborted) {
        const piece = await this.#next(id, { type: "pull", id });
        if (piece.type !== "piece") return;
        yield piece;
        if (piece.done) return;
      }
    } finally {
      this.#send({ type: "close", id });
    }
  }

  /** Sends `message` and waits for the one answer with its id. */
  async #next(id: number, message: ToHost): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send(message);
    });
    if (reply.type === "failed") throw failureOf(reply.failure);
    return reply;
  }
}
