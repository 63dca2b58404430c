import * as z from "zod";

/** Requests that name one thing. */
export const byId = z.strictObject({ id: z.uuid() });
/** Answers that say only that it was done. */
export const okSchema = z.object({ ok: z.literal(true) });

export interface Route {
  readonly method: "get" | "post" | "put" | "delete";
  /** In express's writing: `/api/analyses/:id`. */
  readonly path: `/api/${string}`;
  readonly summary: string;
  /**
   * Who may call: `session` (default) is a page with its cookie or whoever holds the token; `token` is the holder of the
   * token alone, for what widens access or ends the daemon; `code` is a page that brings a one-time code; `form` is the page of
   * a participant with the cookie of a form link, and nobody else.
   */
  readonly access?: "session" | "token" | "code" | "form";
  /** What a body may have in bytes, where that is more than other requests bring. */
  readonly bodyBytes?: number;
}

/**
 * One route of the daemon as a value: the daemon mounts it, clients call it, the OpenAPI document is made from it.
 * Path and query parameters are part of `request`, by name; with `get` and `delete` everything else is in the query, with
 * `post` and `put` in a JSON body. A failure answers `{code, message}` of {@link failureSchema}.
 */
export interface Endpoint<
  Request extends z.ZodObject = z.ZodObject,
  Response extends z.ZodType = z.ZodType,
> extends Route {
  readonly request: Request;
  readonly response: Response;
}

/** A route that answers with the bytes of a file, of one of the media types in `produces`; serves ranges. */
export interface FileEndpoint<Request extends z.ZodObject = z.ZodObject> extends Route {
  readonly method: "get";
  readonly request: Request;
  readonly produces: readonly string[];
}

/** A route that answers with JSON: one value that daemon and callers share. */
export function endpoint<Request extends z.ZodObject, Response extends z.ZodType>(
  value: Endpoint<Request, Response>,
): Endpoint<Request, Response> {
  return Object.freeze(value);
}

/** A route that answers with bytes. */
export function fileEndpoint<Request extends z.ZodObject>(
  value: FileEndpoint<Request>,
): FileEndpoint<Request> {
  return Object.freeze(value);
}

/** Method, path with its parameters filled in, and JSON body of a call: what any `fetch` needs. */
export function toHttp<Request extends z.ZodObject>(
  route: Route & { readonly request: Request },
  request: z.input<Request>,
): { method: string; path: string; body?: string } {
  const rest = new Map(Object.entries(request).filter(([, value]) => value !== undefined));
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = String(rest.get(name));
    rest.delete(name);
    return encodeURIComponent(value);
  });
  const method = route.method.toUpperCase();
  if (route.method === "post" || route.method === "put") {
    return { method, path, body: JSON.stringify(Object.fromEntries(rest)) };
  }
  const query = [...rest].map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
  return { method, path: query === "" ? path : `${path}?${query}` };
}
