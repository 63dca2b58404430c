import { signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import type * as z from "zod";
import { AppError, isAppError } from "../../shared/errors.ts";
import {
  getAnalysisMedia,
  getExport,
  getExports,
  getFaceClip,
  getPlayback,
  type ExportName,
  type SavedName,
  type Played,
} from "../../shared/protocol/analyses.ts";
import {
  experimentResult,
  getExperimentClip,
  getExperimentFile,
} from "../../shared/protocol/experimentTable.ts";
import { toHttp, type Endpoint } from "../../shared/protocol/endpoint.ts";
import { answerWithinMs, type ClientEvents, type ServerEvents } from "../../shared/protocol/socket.ts";
import { show } from "./route.ts";
import type { AnswerOf, DaemonEvent, Host, RequestName, RequestOf } from "../host.ts";
import { daemonOfPage } from "./daemonOfPage.ts";
import { parseAnswer, parseEvent } from "./wire.ts";
import { Listeners } from "../../shared/listeners.ts";

/** The page in a browser: fetch and Socket.IO to the daemon it came from, with the cookie of its session. */
export class PageHost implements Host {
  readonly kind = "page";
  readonly connected = signal(false);
  readonly #socket: Socket<ServerEvents, ClientEvents>;
  readonly #listeners = new Listeners<DaemonEvent>();
  readonly #watched = new Set<string>();

  constructor() {
    this.#socket = io({ transports: ["websocket"] });
    this.#socket.onAny((name: string, payload: unknown) => {
      const event = parseEvent(name, payload);
      if (event !== undefined) this.#listeners.tell(event);
    });
    // A new connection knows nothing of what the old one watched.
    this.#socket.on("disconnect", () => (this.connected.value = false));
    this.#socket.on("connect", () => {
      this.connected.value = true;
      for (const id of this.#watched) void this.#askToWatch(id);
    });
  }

  call<Request extends z.ZodObject, Response extends z.ZodType>(
    route: Endpoint<Request, Response>,
    request: z.input<Request>,
  ): Promise<z.output<Response>> {
    return daemonOfPage.call(route, request);
  }

  async *resultFile(id: string, name: ExportName, abort: AbortSignal): AsyncGenerator<string> {
    const ofExperiment = experimentResult(id);
    const opened = ofExperiment
      ? daemonOfPage.open(getExperimentFile, { ...ofExperiment, name }, abort)
      : daemonOfPage.open(getExport, { id, name }, abort);
    const response = await opened.catch((error: unknown) => {
      if (isAppError(error, "not_found")) return undefined;
      throw error;
    });
    if (response === undefined) return;
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  }

  mediaUrl(id: string, played: Played): Promise<string> {
    const ofExperiment = experimentResult(id);
    if (ofExperiment !== undefined) return Promise.resolve(toHttp(getExperimentClip, ofExperiment).path);
    const { path } =
      typeof played === "object"
        ? toHttp(getFaceClip, { id, track: played.face })
        : toHttp(played === "copy" ? getPlayback : getAnalysisMedia, { id });
    return Promise.resolve(path);
  }

  /** Fetched first, so that a refusal can be told. */
  async download(id: string, name: SavedName, as: string): Promise<void> {
    const response = await (name === "exports.zip"
      ? daemonOfPage.open(getExports, { id })
      : daemonOfPage.open(getExport, { id, name }));
    await this.save(as, await response.blob());
  }

  save(name: string, content: Blob): Promise<void> {
    const url = URL.createObjectURL(content);
    follow(url, name);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    return Promise.resolve();
  }

  watch(id: string): void {
    if (this.#watched.has(id)) return;
    this.#watched.add(id);
    if (this.#socket.connected) void this.#askToWatch(id);
  }

  onEvent(listener: (event: DaemonEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  async ask<Name extends RequestName>(name: Name, request: RequestOf<Name>): Promise<AnswerOf<Name>> {
    const socket = this.#socket.timeout(answerWithinMs(name)) as unknown as {
      emitWithAck(name: string, request: unknown): Promise<unknown>;
    };
    const answer = await socket.emitWithAck(name, request).catch((cause: unknown) => {
      throw new AppError("timeout", "The EDIN daemon does not answer. Start it again and reload.", { cause });
    });
    return parseAnswer(name, answer);
  }

  openCapturePage(): Promise<void> {
    show({ view: "capture" });
    return Promise.resolve();
  }

  /** The answer is the state now, which may be newer than the last event. One that is gone is not watched again. */
  async #askToWatch(id: string): Promise<void> {
    try {
      const watched = await this.ask("analysis:watch", { id });
      this.#listeners.tell({ name: "analysis:changed", payload: watched });
    } catch (error) {
      // Without an answer in time it is asked again when the connection is back.
      if (!isAppError(error, "timeout")) this.#watched.delete(id);
    }
  }
}

function follow(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}
