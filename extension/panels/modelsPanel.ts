import * as vscode from "vscode";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { PanelBridge } from "./bridge.ts";
import { DaemonSource } from "./daemonSource.ts";
import { fillWebview } from "./webviewHtml.ts";

let open: vscode.WebviewPanel | undefined;

/** Shows the networks with their cards and figures; one panel at a time. */
export function openModels(context: vscode.ExtensionContext, daemon: DaemonSupervisor, log: Log): void {
  if (open !== undefined) {
    open.reveal();
    return;
  }
  const panel = vscode.window.createWebviewPanel(
    "edin.models",
    vscode.l10n.t("EDIN Models"),
    vscode.ViewColumn.Active,
  );
  const bridge = new PanelBridge(panel.webview, new DaemonSource(daemon), log);
  panel.onDidDispose(() => {
    bridge.dispose();
    open = undefined;
  });
  open = panel;
  fillWebview(panel.webview, context.extensionUri, "#/models");
}
