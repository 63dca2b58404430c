import type { ServerResponse } from "node:http";
import * as z from "zod";
import { AppError, errorStatus, toAppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Log } from "../log.ts";

/** What every answer carries: nothing is cached, guessed, framed, or told to other sites. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** What express and its body parser throw, by their `type` or status. */
const parserErrors: Record<string, AppError> = {
  "entity.too.large": new AppError("too_large", "The request is too large."),
  "entity.parse.failed": new AppError("invalid_request", "The body is not JSON."),
  "encoding.unsupported": new AppError("unsupported_media_type", "Send the body uncompressed."),
  "charset.unsupported": new AppError("unsupported_media_type", "Send the body as UTF-8."),
};

/** Turns anything thrown while a request is answered into a failure; the log gets what the caller must not see. */
export function toFailure(error: unknown, log: Log): Failure & { status: number } {
  const known = recognise(error);
  if (known.code === "internal") log.error("request_failed", { error });
  return { code: known.code, message: known.message, status: errorStatus[known.code] };
}

function recognise(error: unknown): AppError {
  if (error instanceof z.ZodError) return new AppError("invalid_request", z.prettifyError(error));
  const { type, status } = error as { type?: string; status?: number };
  if (type !== undefined && Object.hasOwn(parserErrors, type)) return parserErrors[type]!;
  if (error instanceof AppError) return error;
  if (status === 416) return new AppError("invalid_request", "The range lies outside the file.");
  if (status === 404) return new AppError("not_found", "The file is gone. Reload the page.");
  if (status !== undefined && status >= 400 && status < 500) {
    return new AppError("invalid_request", "The request cannot be read.");
  }
  return toAppError(error);
}

/** Answers outside express. */
export function refuse(
  response: ServerResponse,
  { code, message, status }: Failure & { status: number },
): void {
  response.writeHead(status, { ...safeHeaders, "content-type": "application/json" });
  response.end(JSON.stringify({ code, message }));
}
