import path from "node:path";
import * as vscode from "vscode";
import { AppError, toAppError } from "../../shared/errors.ts";
import { toHostSchema, type ToHost, type ToPanel } from "../../shared/protocol/panel.ts";
import type { Log } from "../log.ts";
import type { LiveRequests, ResultSource } from "./source.ts";

type Request<Type extends ToHost["type"]> = Extract<ToHost, { type: Type }>;
/** Messages with exactly one reply. */
type Answered = Request<"call" | "pull" | "download" | "save" | "ask" | "choose-clip" | "open-capture">;
type Pieces = AsyncIterator<Uint8Array, undefined>;

/** A clip is played from the panel's memory; longer ones are for the page in a browser, which streams. */
const mediaLimitBytes = 600_000_000;

/** Answers the messages of one panel from `source` until it is disposed. */
export class PanelBridge implements vscode.Disposable {
  readonly #webview: vscode.Webview;
  readonly #source: ResultSource;
  readonly #log: Log;
  readonly #abort = new AbortController();
  readonly #streams = new Map<number, (message: Request<"pull">) => Promise<ToPanel>>();
  /** Ends each stream's source. */
  readonly #open = new Map<number, AbortController>();
  readonly #subscriptions: vscode.Disposable[];
  #stopConnection: (() => void) | undefined;

  constructor(webview: vscode.Webview, source: ResultSource, log: Log) {
    this.#webview = webview;
    this.#source = source;
    this.#log = log;
    const stopEvents = source.onEvent((name, payload) => this.#send({ type: "event", name, payload }));
    this.#subscriptions = [
      webview.onDidReceiveMessage((message: unknown) => this.#receive(toHostSchema.parse(message))),
      new vscode.Disposable(stopEvents),
      new vscode.Disposable(() => this.#stopConnection?.()),
    ];
  }

  dispose(): void {
    this.#abort.abort();
    this.#source.live?.close();
    for (const id of [...this.#streams.keys()]) this.#close(id);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #receive(message: ToHost): void {
    if (message.type === "ready") this.#followConnection();
    else if (message.type === "watch") this.#source.watch(message.analysisId);
    else if (message.type === "labels") this.#source.labels?.receive(message.message);
    else if (message.type === "reveal-labels") this.#source.revealLabels?.(message.path, message.timeMs);
    else if (message.type === "open-training-file") this.#source.openTrainingFile?.(message.path);
    else if (message.type === "open-notebook") this.#source.openNotebook?.(message.name, message.files);
    else if (message.type === "close") this.#close(message.id);
    else if (message.type === "open") this.#start(message);
    else void this.#answer(message).then((reply) => this.#send(reply));
  }

  /** Each page that is filled in starts by taking the daemon for being there. */
  #followConnection(): void {
    this.#stopConnection?.();
    this.#stopConnection = this.#source.onConnection?.((on) => this.#send({ type: "connection", on }));
  }

  async #answer(message: Answered): Promise<ToPanel> {
    const { id } = message;
    try {
      if (message.type === "pull") {
        const pull = this.#streams.get(id);
        const piece = await (pull?.(message) ?? Promise.resolve<ToPanel>({ type: "piece", id, done: true }));
        if (piece.type === "piece" && piece.done) this.#close(id);
        return piece;
      }
      return { type: "reply", id, value: await this.#do(message) };
    } catch (error) {
      const { code, message: text } = toAppError(error);
      if (code === "internal") this.#log.error("A panel's request failed.", error);
      return { type: "failed", id, failure: { code, message: text } };
    }
  }

  async #do(message: Exclude<Answered, { type: "pull" }>): Promise<unknown> {
    if (message.type === "call") return this.#source.call(message.method, message.path, message.request);
    if (message.type === "ask") return this.#live.ask(message.name, message.request);
    if (message.type === "choose-clip") return this.#live.chooseClip();
    if (message.type === "open-capture") return this.#live.openCapture();
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(
        vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(process.cwd()),
        path.basename(message.type === "save" ? message.name : message.as),
      ),
    });
    if (target === undefined) return undefined;
    await vscode.workspace.fs.writeFile(
      target,
      message.type === "save" ? message.bytes : await this.#whole(message),
    );
    return undefined;
  }

  get #live(): LiveRequests {
    if (this.#source.live !== undefined) return this.#source.live;
    throw new AppError("forbidden", vscode.l10n.t("Only the Live panel may ask this."));
  }

  #labelled(copy: boolean, signal: AbortSignal): ReturnType<ResultSource["media"]> {
    if (this.#source.labels !== undefined) return this.#source.labels.clip(copy, signal);
    throw new AppError("forbidden", vscode.l10n.t("Only the label editor may ask this."));
  }

  async #whole({ analysisId, name }: Request<"download">): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#source.file(analysisId, name, this.#abort.signal)) pieces.push(piece);
    if (pieces.length === 0)
      throw new AppError(
        "not_found",
        vscode.l10n.t("There is no {0} for this analysis. Create it with edin analyze.", name),
      );
    return Buffer.concat(pieces);
  }

  /** Ends what a stream reads from. */
  #close(id: number): void {
    this.#streams.delete(id);
    this.#open.get(id)?.abort();
    this.#open.delete(id);
  }

  #start({ id, what }: Request<"open">): void {
    // One each: what listens to an abort does so as long as its stream, not as long as the panel.
    const open = new AbortController();
    this.#open.set(id, open);
    const { signal } = open;
    if (what.kind === "file") {
      const pieces = start(this.#source.file(what.analysisId, what.name, signal));
      const decoder = new TextDecoder();
      this.#streams.set(id, async () => {
        const next = await pieces.next();
        if (next.done === true) return { type: "piece", id, done: true };
        return { type: "piece", id, data: decoder.decode(next.value, { stream: true }), done: false };
      });
      return;
    }
    const media =
      what.kind === "media"
        ? this.#source.media(what.analysisId, what.played, signal)
        : this.#labelled(what.copy, signal);
    const pieces = media.then(({ body }) => start(body));
    // Whoever pulls is told of a failure; until then it must not count as unhandled.
    pieces.catch(() => undefined);
    let bytes = 0;
    this.#streams.set(id, async () => {
      const next = await (await pieces).next();
      if (next.done === true) return { type: "piece", id, done: true, mediaType: (await media).type };
      bytes += next.value.byteLength;
      if (bytes > mediaLimitBytes)
        throw new AppError(
          "media_too_large",
          vscode.l10n.t("This clip is too large for a panel. Open it in the browser."),
        );
      return { type: "piece", id, data: new Uint8Array(next.value), done: false };
    });
  }

  #send(message: ToPanel): void {
    void this.#webview.postMessage(message);
  }
}

function start(pieces: AsyncIterable<Uint8Array>): Pieces {
  return pieces[Symbol.asyncIterator]() as Pieces;
}
