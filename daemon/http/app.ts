import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { AppError } from "../../shared/errors.ts";
import type { Route } from "../../shared/protocol/endpoint.ts";
import { endpoints } from "../../shared/protocol/endpoints.ts";
import { getMetrics } from "../../shared/protocol/system.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { version } from "../version.ts";
import { mountFormPage } from "./formPage.ts";
import { unauthorized, type Guard } from "./guard.ts";
import { mount, type Callers, type Handlers } from "./mount.ts";
import { openApi } from "./openapi.ts";
import { mountPage } from "./page.ts";
import { safeHeaders, toFailure } from "./reply.ts";

/** What strangers may ask for: pages that trade a code for a cookie, and what asks for the cookie of a form itself. */
const ownCheck = /^\/(?:form|api\/session|api\/form(?:\/[a-z0-9/]+)?|assets\/form\/[\w.-]+)?$/;

/** The express application behind the guard. `callers` says whom the guard took a request for. */
export function createApp(
  handlers: Handlers<typeof endpoints>,
  config: Config,
  guard: Guard,
  callers: Callers,
  log: Log,
): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple");

  app.use((request, response, next) => {
    response.set(safeHeaders);
    const { origin } = request.headers;
    if (guard.isWebview(origin)) response.set(corsHeaders(origin));
    if (request.method === "OPTIONS") {
      if (!guard.isWebview(origin)) throw new AppError("forbidden", "Only a webview asks this way.");
      response.status(204).end();
      return;
    }
    const caller = callers.of(request);
    if (caller === "nobody" && !ownCheck.test(request.path)) throw unauthorized();
    if (caller === "monitor" && request.path !== getMetrics.path) throw unauthorized();
    // A form or a script of a foreign page can send texts without asking first, but not JSON.
    if (
      hasBody(request) &&
      !/^application\/json(; ?charset=utf-8)?$/i.test(request.headers["content-type"] ?? "")
    ) {
      throw new AppError("unsupported_media_type", "Send JSON, with content-type application/json.");
    }
    next();
  });
  const bodies = (limit: number) => express.json({ limit, inflate: false, strict: true });
  for (const { method, path, bodyBytes } of Object.values(endpoints) as Route[])
    if (bodyBytes !== undefined) app[method](path, bodies(bodyBytes));
  // A body that was read is not read again.
  app.use(bodies(config.limits.bodyBytes));

  mount(app, endpoints, handlers, callers);
  const document = openApi(endpoints, version);
  app.get("/api/openapi.json", (_request, response) => void response.json(document));
  mountFormPage(app, config.webviewDir, callers);
  mountPage(app, config.webviewDir, (request) => callers.of(request));

  app.use(() => {
    throw new AppError("not_found", "There is no such route. GET /api/openapi.json lists them.");
  });
  // Express knows an error handler by its four parameters.
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const { status, ...failure } = toFailure(error, log);
    // In the middle of a download nothing more can be said.
    if (response.headersSent) {
      log.warn("download_broke_off", failure);
      response.destroy();
      next();
      return;
    }
    response.removeHeader("content-disposition");
    response.status(status).json(failure);
  });
  return app;
}

function hasBody({ method, headers }: Request): boolean {
  if (method === "POST" || method === "PUT" || headers["transfer-encoding"] !== undefined) return true;
  return headers["content-length"] !== undefined && headers["content-length"] !== "0";
}

/** No credentials: a webview has no cookie here. What it may not do without the token, its extension does for it. */
function corsHeaders(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-headers": "authorization, content-type",
    "access-control-allow-methods": "GET, POST, PUT, DELETE",
    "cross-origin-resource-policy": "cross-origin",
    vary: "Origin",
  };
}
