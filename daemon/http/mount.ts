import { once } from "node:events";
import type { Request, Response, Router } from "express";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { Endpoint, FileEndpoint } from "../../shared/protocol/endpoint.ts";
import { refuseBadTexts } from "../../shared/protocol/text.ts";
import { formClosed, unauthorized, type CallerRole } from "./guard.ts";

/** What a file route answers with: a file on the disk, in ranges, or text or bytes as they are made. */
export type FileReply =
  | { readonly path: string; readonly type: string }
  | {
      readonly text: AsyncIterable<string | Uint8Array>;
      readonly type: string;
      readonly downloadName: string;
    };

export interface Context {
  readonly setCookie: (cookie: string) => void;
  /** With `access: "form"`: the session whose form the caller may fill in. */
  readonly formSession: string | undefined;
}

/** Who sent a request. */
export interface Callers {
  of(request: Request): CallerRole;
  /** The session whose form the caller's link opens. */
  formSession(request: Request): Promise<string | undefined>;
}

type AnyEndpoint = Endpoint | FileEndpoint;
type Reply<E extends AnyEndpoint> = E extends Endpoint ? z.input<E["response"]> : FileReply;

/** One handler for each endpoint: TypeScript refuses a table that lacks one. */
export type Handlers<E extends Record<string, AnyEndpoint>> = {
  readonly [Name in keyof E]: (
    request: z.output<E[Name]["request"]>,
    context: Context,
  ) => Promise<Reply<E[Name]>> | Reply<E[Name]>;
};

/** Mounts endpoints: parse, call, reply. */
export function mount<E extends Record<string, AnyEndpoint>>(
  router: Router,
  endpoints: E,
  handlers: Handlers<E>,
  callers: Callers,
): void {
  for (const [name, endpoint] of Object.entries(endpoints)) {
    const handler = handlers[name as keyof E] as (request: unknown, context: Context) => Promise<unknown>;
    router[endpoint.method](endpoint.path, async (request, response) => {
      const formSession = endpoint.access === "form" ? await callers.formSession(request) : undefined;
      allow(endpoint, callers.of(request), formSession);
      const given = {
        ...(request.body === undefined ? request.query : bodyOf(request)),
        ...request.params,
      };
      refuseBadTexts(given);
      const asked = endpoint.request.parse(given);
      const setCookie = (cookie: string) => response.setHeader("set-cookie", cookie);
      const reply = await handler(asked, { setCookie, formSession });
      if ("response" in endpoint) response.json(endpoint.response.parse(reply));
      else await sendFile(response, reply as FileReply);
    });
  }
}

function allow(
  { access = "session" }: AnyEndpoint,
  caller: CallerRole,
  formSession: string | undefined,
): void {
  if (access === "form") {
    // The researcher has routes of their own; the token does not say whose form is meant.
    if (formSession === undefined) throw formClosed();
    return;
  }
  if (access === "code" || caller === "token") return;
  if (caller === "nobody") throw unauthorized();
  if (access === "token")
    throw new AppError(
      "forbidden",
      "Only the holder of the token may do this. Do it in VS Code or with the edin command.",
    );
}

function bodyOf(request: Request): object {
  const body = request.body as unknown;
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new AppError("invalid_request", "The body has to be a JSON object.");
}

async function sendFile(response: Response, reply: FileReply): Promise<void> {
  if ("path" in reply) {
    response.type(reply.type);
    await new Promise<void>((resolve, reject) => {
      response.sendFile(
        reply.path,
        { dotfiles: "allow", cacheControl: false, etag: false },
        (error?: Error) =>
          // The player went away: it has what it wanted.
          error === undefined || response.destroyed ? resolve() : reject(error),
      );
    });
    return;
  }
  // By the ending of the name it would choose a type of its own.
  response.attachment(reply.downloadName).type(reply.type);
  const closed = once(response, "close").catch(() => undefined);
  for await (const text of reply.text) {
    if (response.destroyed) return;
    if (!response.write(text)) await Promise.race([once(response, "drain"), closed]);
  }
  response.end();
}
