import type * as z from "zod";
import { AppError } from "../errors.ts";
import { toHttp, type Endpoint, type Route } from "./endpoint.ts";
import { failureSchema } from "./failure.ts";

/** What a transport needs to send: `fetch` takes it as it is. */
export interface HttpRequest<Signal> {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: Signal;
}

/** What a caller reads of an answer; `fetch`'s Response is one. */
export interface HttpReply {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<unknown>;
}

/** An AbortSignal, which shared code has no type of. */
export interface Abort {
  readonly aborted: boolean;
}

export interface CallerOptions<Reply extends HttpReply, Signal extends Abort> {
  /** Sends to a path of the daemon. Whatever it throws means that nobody answered. */
  readonly send: (path: string, request: HttpRequest<Signal>) => Promise<Reply>;
  /** What to do when nobody answers, and when the answer is none that is understood. */
  readonly words?: { readonly silent: () => string; readonly strange: (status: number) => string };
}

/** Calls routes of the daemon. Page, panel, command line and tests differ in how bytes are sent, and in nothing else. */
export class Caller<Reply extends HttpReply, Signal extends Abort = Abort> {
  readonly #send: CallerOptions<Reply, Signal>["send"];
  readonly #words: NonNullable<CallerOptions<Reply, Signal>["words"]>;

  constructor({ send, words }: CallerOptions<Reply, Signal>) {
    this.#send = send;
    this.#words = words ?? {
      silent: () => "The EDIN daemon does not answer. Start it again and reload.",
      strange: () => strangeAnswer,
    };
  }

  /** @throws AppError with the daemon's code, `timeout` when nobody answers; the signal's reason on abort */
  async call<Q extends z.ZodObject, R extends z.ZodType>(
    route: Endpoint<Q, R>,
    request: z.input<Q>,
    signal?: Signal,
  ): Promise<z.output<R>> {
    const reply = await this.open(route, request, signal);
    return route.response.parse(await reply.json().catch(() => undefined));
  }

  /** The reply itself, of a route that gives bytes. @throws as {@link call} */
  async open<Q extends z.ZodObject>(
    route: Route & { readonly request: Q },
    request: z.input<Q>,
    signal?: Signal,
  ): Promise<Reply> {
    const { method, path, body } = toHttp(route, request);
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const reply = await this.#send(path, {
      ...{ method, headers },
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    }).catch((cause: unknown) => {
      if (signal?.aborted === true) throw cause;
      throw new AppError("timeout", this.#words.silent(), { cause });
    });
    if (reply.ok) return reply;
    throw failureOf(await reply.json().catch(() => undefined), this.#words.strange(reply.status));
  }
}

const strangeAnswer = "The daemon gave no answer that EDIN understands. See its log.";

/** The daemon's refusal, over HTTP or a socket, as an AppError with its code; `internal` where it is none. */
export function failureOf(answer: unknown, strange = strangeAnswer): AppError {
  const failure = failureSchema.safeParse(answer);
  if (!failure.success) return new AppError("internal", strange);
  return new AppError(failure.data.code, failure.data.message);
}
