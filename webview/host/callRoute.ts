import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { toHttp, type Endpoint } from "../../shared/protocol/endpoint.ts";
import { throwFailure } from "./wire.ts";

/** Calls a route of the daemon that the page came from. Throws an AppError with the daemon's code. */
export async function callRoute<Request extends z.ZodObject, Response extends z.ZodType>(
  route: Endpoint<Request, Response>,
  request: z.input<Request>,
): Promise<z.output<Response>> {
  const { method, path, body } = toHttp(route, request);
  let response;
  try {
    response = await fetch(path, {
      method,
      ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
    });
  } catch (cause) {
    throw new AppError("timeout", "The EDIN daemon does not answer. Start it again and reload.", { cause });
  }
  const answer = await json(response);
  return response.ok ? route.response.parse(answer) : throwFailure(answer);
}

/** What the daemon answered; a body that is no JSON fails as `internal` where it is parsed. */
export async function json(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}
