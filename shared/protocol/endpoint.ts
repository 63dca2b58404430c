import type * as z from "zod";

/**
 * One route of the daemon as a value: the daemon mounts it, clients call it, the OpenAPI document is made from it.
 * `path` is express's (`/api/analyses/:id`); path and query parameters are part of `request`, by name.
 */
export interface Endpoint<Request extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  readonly method: "get" | "post" | "put" | "delete";
  readonly path: `/api/${string}`;
  readonly summary: string;
  readonly request: Request;
  readonly response: Response;
}

export function endpoint<Request extends z.ZodType, Response extends z.ZodType>(
  value: Endpoint<Request, Response>,
): Endpoint<Request, Response> {
  return Object.freeze(value);
}
