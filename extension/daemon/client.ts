import { rename, rm, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import * as vscode from "vscode";
import { io, type Socket } from "socket.io-client";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { getLabelledCopy } from "../../shared/protocol/labelRoutes.ts";
import {
  getAnalysisMedia,
  getExport,
  getExports,
  getFaceClip,
  getPlayback,
  type SavedName,
  type Played,
} from "../../shared/protocol/analyses.ts";
import type { Discovery } from "../../shared/protocol/discovery.ts";
import {
  experimentResult,
  getExperimentClip,
  getExperimentFile,
} from "../../shared/protocol/experimentTable.ts";
import { Caller, failureOf } from "../../shared/protocol/caller.ts";
import type { Endpoint, FileEndpoint } from "../../shared/protocol/endpoint.ts";
import { getArchive } from "../../shared/protocol/studyArchives.ts";
import { failureSchema } from "../../shared/protocol/failure.ts";
import {
  answerWithinMs,
  serverEvents,
  type ClientEvents,
  type ServerEvents,
} from "../../shared/protocol/socket.ts";

type EventName = keyof typeof serverEvents;
export type Listener<Name extends EventName> = (payload: z.output<(typeof serverEvents)[Name]>) => void;

/** Speaks to one running daemon with its token. */
export class DaemonClient {
  readonly discovery: Discovery;
  readonly #socket: Socket<ServerEvents, ClientEvents>;
  readonly #caller: Caller<Response, AbortSignal>;

  constructor(discovery: Discovery) {
    this.discovery = discovery;
    const credentials = { authorization: `Bearer ${discovery.token}` };
    this.#caller = new Caller<Response, AbortSignal>({
      send: (path, { headers, ...request }) =>
        fetch(discovery.url + path, { ...request, headers: { ...headers, ...credentials } }),
      words: {
        silent: () => vscode.l10n.t("The EDIN daemon does not answer. Restart it."),
        strange: (status) => vscode.l10n.t("The EDIN daemon answered {0}. See its log.", status),
      },
    });
    this.#socket = io(discovery.url, {
      transports: ["websocket"],
      extraHeaders: { ...credentials, origin: discovery.url },
    });
  }

  /** Calls a route. Throws an AppError with the daemon's code, `timeout` when nobody answers. */
  call<Q extends z.ZodObject, R extends z.ZodType>(
    route: Endpoint<Q, R>,
    request: z.input<Q>,
    signal?: AbortSignal,
  ): Promise<z.output<R>> {
    return this.#caller.call(route, request, signal);
  }

  /** The bytes of a result file or an export, as they come; `id` is one of `resultIdSchema`. */
  async file(id: string, name: SavedName, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    if (name === "exports.zip") return (await this.#caller.open(getExports, { id }, signal)).body!;
    const ofExperiment = experimentResult(id);
    const opened = ofExperiment
      ? this.#caller.open(getExperimentFile, { ...ofExperiment, name }, signal)
      : this.#caller.open(getExport, { id, name }, signal);
    return (await opened).body!;
  }

  /** What is to be played, and its media type. */
  async media(
    id: string,
    played: Played,
    signal?: AbortSignal,
  ): Promise<{ type: string; body: ReadableStream<Uint8Array> }> {
    const ofExperiment = experimentResult(id);
    const response = await (ofExperiment
      ? this.#caller.open(getExperimentClip, ofExperiment, signal)
      : typeof played === "object"
        ? this.#caller.open(getFaceClip, { id, track: played.face }, signal)
        : this.#caller.open(played === "copy" ? getPlayback : getAnalysisMedia, { id }, signal));
    return { type: response.headers.get("content-type") ?? "", body: response.body! };
  }

  /** The copy of a labelled clip that every player plays. */
  async labelledCopy(
    path: string,
    signal?: AbortSignal,
  ): Promise<{ type: string; body: ReadableStream<Uint8Array> }> {
    const response = await this.#caller.open(getLabelledCopy, { path }, signal);
    return { type: response.headers.get("content-type") ?? "", body: response.body! };
  }

  /** Writes the archive of a study to a file, whole or not at all. */
  saveArchive(study: string, file: string): Promise<void> {
    return this.saveFile(getArchive, { study }, file);
  }

  /** Writes what a route answers with to a file, whole or not at all. */
  async saveFile<Request extends z.ZodObject>(
    route: FileEndpoint<Request>,
    request: z.input<Request>,
    file: string,
  ): Promise<void> {
    const { body } = await this.#caller.open(route, request, undefined);
    const part = `${file}.part`;
    try {
      await writeFile(part, Readable.fromWeb(body as WebStream), { mode: 0o600 });
      await rename(part, file);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  /** Asks for the progress of an analysis from now on. */
  watch(id: string): void {
    this.#socket.emit("analysis:watch", { id }, () => {
      // The events that follow are the answer; an analysis that is gone sends none.
    });
  }

  /** A request over the socket; throws an AppError with the daemon's code, `timeout` without an answer in time. */
  async ask(name: keyof ClientEvents, request: Record<string, unknown>): Promise<unknown> {
    const socket = this.#socket.timeout(answerWithinMs(name)) as unknown as {
      emitWithAck(name: string, request: unknown): Promise<unknown>;
    };
    const answer = await socket.emitWithAck(name, request).catch((cause: unknown) => {
      throw new AppError("timeout", vscode.l10n.t("The EDIN daemon does not answer. Restart it."), { cause });
    });
    if (failureSchema.safeParse(answer).success) throw failureOf(answer);
    return answer;
  }

  on<Name extends EventName>(name: Name, listener: Listener<Name>): void {
    const receive = (payload: unknown): void => {
      listener(serverEvents[name].parse(payload) as Parameters<Listener<Name>>[0]);
    };
    this.#socket.on(name as string as "analysis:deleted", receive);
  }

  /** Calls `listener` with every event of the daemon, unparsed. */
  onAny(listener: (name: string, payload: unknown) => void): () => void {
    this.#socket.onAny(listener);
    return () => this.#socket.offAny(listener);
  }

  onDisconnect(listener: () => void): void {
    this.#socket.on("disconnect", listener);
  }

  onConnect(listener: () => void): void {
    this.#socket.on("connect", listener);
  }

  dispose(): void {
    this.#socket.removeAllListeners();
    this.#socket.close();
  }
}
