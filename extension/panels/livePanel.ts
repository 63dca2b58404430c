import * as vscode from "vscode";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { PanelBridge } from "./bridge.ts";
import { DaemonSource } from "./daemonSource.ts";
import { createLiveRequests } from "./liveRequests.ts";
import { fillWebview } from "./webviewHtml.ts";

let open: vscode.WebviewPanel | undefined;

/** Shows live sessions, one panel at a time; with `sessionId` that session. */
export function openLive(
  context: vscode.ExtensionContext,
  daemon: DaemonSupervisor,
  log: Log,
  sessionId?: string,
): void {
  const view = sessionId === undefined ? "#/live" : `#/live/${sessionId}`;
  if (open !== undefined) {
    open.reveal();
    if (sessionId !== undefined) fillWebview(open.webview, context.extensionUri, view);
    return;
  }
  const panel = vscode.window.createWebviewPanel(
    "edin.live",
    vscode.l10n.t("EDIN Live"),
    vscode.ViewColumn.Active,
    // A session goes on while its panel is behind another one.
    { retainContextWhenHidden: true },
  );
  const bridge = new PanelBridge(
    panel.webview,
    new DaemonSource(daemon, { live: createLiveRequests(daemon) }),
    log,
  );
  panel.onDidDispose(() => {
    bridge.dispose();
    open = undefined;
  });
  open = panel;
  fillWebview(panel.webview, context.extensionUri, view);
}
