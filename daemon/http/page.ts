import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import express, { type Request, type Response, type Router } from "express";
import type { CallerRole } from "./guard.ts";

/**
 * The page in a browser. Who comes without a session gets a page that trades the one-time code in the URL's fragment,
 * which no server, log or Referer ever sees, for a cookie.
 */
export function mountPage(
  router: Router,
  webviewDir: string,
  callerOf: (request: Request) => CallerRole,
): void {
  router.get("/", (request, response) => {
    if (callerOf(request) === "nobody") sendSignIn(response);
    else sendApp(response, webviewDir);
  });
  router.use("/assets", express.static(webviewDir, { index: false, redirect: false, cacheControl: false }));
}

function sendApp(response: Response, webviewDir: string): void {
  const style = existsSync(path.join(webviewDir, "main.css"))
    ? `<link rel="stylesheet" href="/assets/main.css">`
    : "";
  sendHtml(
    response,
    200,
    (nonce) =>
      `${style}<script type="module" nonce="${nonce}" src="/assets/main.js"></script></head><body><div id="app"></div>`,
  );
}

const signIn = `
const asked = new URLSearchParams(location.hash.slice(1));
const code = asked.get("code");
history.replaceState(null, "", "/#/" + (asked.get("view") ?? ""));
const enter = code === null
  ? fetch("/api/status")
  : fetch("/api/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
enter.then(async (response) => {
  if (response.ok) location.reload();
  else document.getElementById("app").textContent = (await response.json()).message;
}, () => {
  document.getElementById("app").textContent = "The daemon does not answer.";
});`;

function sendSignIn(response: Response): void {
  sendHtml(
    response,
    401,
    (nonce) =>
      `</head><body><main id="app" role="status">Signing in</main><script nonce="${nonce}">${signIn}</script>`,
  );
}

/** A page with the policy of all our pages; `rest` goes on in its head and may use the nonce for scripts. */
export function sendHtml(
  response: Response,
  status: number,
  rest: (nonce: string) => string,
  title = "EDIN",
): void {
  const nonce = randomBytes(16).toString("base64");
  response
    .status(status)
    .set(
      "content-security-policy",
      [
        "default-src 'none'",
        `script-src 'nonce-${nonce}' 'strict-dynamic'`,
        // Components bring their styles as constructed sheets; a chart sets sizes in style attributes.
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        // The worker that makes JPEGs of the camera's pictures.
        "worker-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
    )
    .set("permissions-policy", "camera=(self), microphone=(self)")
    .type("html")
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">${rest(nonce)}</body></html>`,
    );
}
