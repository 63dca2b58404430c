import type { ReadonlySignal } from "@preact/signals";
import type * as z from "zod";
import type { ExportName, SavedName, Played } from "../shared/protocol/analyses.ts";
import type { Endpoint } from "../shared/protocol/endpoint.ts";
import type { serverEvents, socketRequests } from "../shared/protocol/socket.ts";

type EventName = keyof typeof serverEvents;
/** Something that the daemon told by itself, parsed. */
export type DaemonEvent = {
  [Name in EventName]: { readonly name: Name; readonly payload: z.output<(typeof serverEvents)[Name]> };
}[EventName];

type Requests = typeof socketRequests;
export type RequestName = keyof Requests;
export type RequestOf<Name extends RequestName> = z.input<Requests[Name]["request"]>;
export type AnswerOf<Name extends RequestName> = z.output<Requests[Name]["response"]>;

/**
 * What the UI needs of the world around it. In a browser the page speaks to the daemon itself; in VS Code it speaks to
 * the extension host, which speaks to the daemon. Nothing else in webview/ knows which.
 */
export interface Host {
  readonly kind: "page" | "panel";
  /** Calls a route; throws an AppError with the daemon's code. */
  call<Request extends z.ZodObject, Response extends z.ZodType>(
    route: Endpoint<Request, Response>,
    request: z.input<Request>,
  ): Promise<z.output<Response>>;
  /** The text of a result file in pieces; nothing when the analysis has no such file. */
  resultFile(analysisId: string, name: ExportName, abort: AbortSignal): AsyncIterable<string>;
  /** An address from which a media element can play a clip of an analysis. */
  mediaUrl(analysisId: string, played: Played, abort: AbortSignal): Promise<string>;
  /** Lets the user keep a result file or an export. */
  download(analysisId: string, name: SavedName, as: string): Promise<void>;
  /** Lets the user keep what the page made. */
  save(name: string, content: Blob): Promise<void>;
  /** Asks for the progress of an analysis from now on. */
  watch(analysisId: string): void;
  /** Whether events come now. */
  readonly connected: ReadonlySignal<boolean>;
  /** A request over the socket. Throws an AppError with the daemon's code; `timeout` without an answer in time. */
  ask<Name extends RequestName>(name: Name, request: RequestOf<Name>): Promise<AnswerOf<Name>>;
  /** Lets the user choose a clip and grants its folder; `undefined` where the user chose none. Panels only. */
  chooseClip?(): Promise<string | undefined>;
  /** Shows the capture page: here, or in the user's browser. */
  openCapturePage(): Promise<void>;
  onEvent(listener: (event: DaemonEvent) => void): () => void;
}
