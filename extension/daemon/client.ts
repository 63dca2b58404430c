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
  getFaceClip,
  getPlayback,
  type ExportName,
  type Played,
} from "../../shared/protocol/analyses.ts";
import type { Discovery } from "../../shared/protocol/discovery.ts";
import { toHttp, type Endpoint, type Route } from "../../shared/protocol/endpoint.ts";
import { getArchive } from "../../shared/protocol/studyRoutes.ts";
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

  constructor(discovery: Discovery) {
    this.discovery = discovery;
    this.#socket = io(discovery.url, {
      transports: ["websocket"],
      extraHeaders: { authorization: `Bearer ${discovery.token}`, origin: discovery.url },
    });
  }

  /** Calls a route. Throws an AppError with the daemon's code, `timeout` when nobody answers. */
  async call<Request extends z.ZodObject, Response extends z.ZodType>(
    route: Endpoint<Request, Response>,
    request: z.input<Request>,
    signal?: AbortSignal,
  ): Promise<z.output<Response>> {
    const response = await this.#fetch(route, request, signal);
    return route.response.parse(await response.json());
  }

  /** The bytes of a result file or an export, as they come. */
  async file(id: string, name: ExportName, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return (await this.#fetch(getExport, { id, name }, signal)).body!;
  }

  /** What is to be played, and its media type. */
  async media(
    id: string,
    played: Played,
    signal?: AbortSignal,
  ): Promise<{ type: string; body: ReadableStream<Uint8Array> }> {
    const response = await (typeof played === "object"
      ? this.#fetch(getFaceClip, { id, track: played.face }, signal)
      : this.#fetch(played === "copy" ? getPlayback : getAnalysisMedia, { id }, signal));
    return { type: response.headers.get("content-type") ?? "", body: response.body! };
  }

  /** The copy of a labelled clip that every player plays. */
  async labelledCopy(
    path: string,
    signal?: AbortSignal,
  ): Promise<{ type: string; body: ReadableStream<Uint8Array> }> {
    const response = await this.#fetch(getLabelledCopy, { path }, signal);
    return { type: response.headers.get("content-type") ?? "", body: response.body! };
  }

  /** Writes the archive of a study to a file, whole or not at all. */
  async saveArchive(study: string, file: string): Promise<void> {
    const { body } = await this.#fetch(getArchive, { study }, undefined);
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
    const refused = failureSchema.safeParse(answer);
    if (refused.success) throw new AppError(refused.data.code, refused.data.message);
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

  async #fetch<Request extends z.ZodObject>(
    route: Route & { readonly request: Request },
    request: z.input<Request>,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const { method, path, body } = toHttp(route, request);
    const response = await fetch(this.discovery.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.discovery.token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    }).catch((cause: unknown) => {
      if (signal?.aborted === true) throw cause;
      throw new AppError("timeout", vscode.l10n.t("The EDIN daemon does not answer. Restart it."), { cause });
    });
    if (response.ok) return response;
    const failure = failureSchema.safeParse(await response.json().catch(() => undefined));
    throw failure.success
      ? new AppError(failure.data.code, failure.data.message)
      : new AppError(
          "internal",
          vscode.l10n.t("The EDIN daemon answered {0}. See its log.", response.status),
        );
  }
}
