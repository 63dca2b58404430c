import path from "node:path";
import express, { type Response, type Router } from "express";
import { formClosed } from "./guard.ts";
import type { Callers } from "./mount.ts";
import { sendHtml } from "./page.ts";

/**
 * The page of a participant: a questionnaire and nothing else. Its link carries a one-time code in the fragment; the page
 * trades it for a cookie that opens the routes of this form, and files of `/assets/form` alone. The code comes first, so
 * that on a shared machine the next participant's link never shows the form of the one before.
 */
export function mountFormPage(router: Router, webviewDir: string, callers: Callers): void {
  router.get("/form", async (request, response) => {
    sendForm(response, (await callers.formSession(request)) !== undefined);
  });
  router.use(
    "/assets/form",
    async (request, _response, next) => {
      if ((await callers.formSession(request)) === undefined) throw formClosed();
      next();
    },
    express.static(path.join(webviewDir, "form"), { index: false, redirect: false, cacheControl: false }),
  );
}

const start = (open: boolean) => `
const at = document.getElementById("app");
const enter = async () => {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  history.replaceState(null, "", "/form");
  if (code !== null) {
    const answer = await fetch("/api/form/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    if (answer.ok) location.reload();
    else at.textContent = (await answer.json()).message;
  } else if (${open}) await import("/assets/form/form.js");
  else at.textContent = "No questionnaire is open here. It may be completed; then thank you, and close this page. " +
    "Otherwise ask for a new link.";
};
const failed = () => { at.textContent = "The computer that asks the questions does not answer. Reload this page."; };
addEventListener("hashchange", () => void enter().catch(failed));
enter().catch(failed);`;

function sendForm(response: Response, open: boolean): void {
  const style = open ? `<link rel="stylesheet" href="/assets/form/form.css">` : "";
  sendHtml(
    response,
    open ? 200 : 401,
    (nonce) =>
      `${style}</head><body><main id="app" role="status">Opening the questionnaire</main><script nonce="${nonce}">${start(open)}</script>`,
    "Questionnaire",
  );
}
