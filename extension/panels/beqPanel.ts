import * as vscode from "vscode";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { PanelBridge } from "./bridge.ts";
import { DaemonSource } from "./daemonSource.ts";
import { fillWebview } from "./webviewHtml.ts";

let open: { readonly panel: vscode.WebviewPanel; view: string } | undefined;

/** Shows the studies, or one of them; one panel at a time. A form that is filled in there is kept by the daemon. */
export function openBeq(
  context: vscode.ExtensionContext,
  daemon: DaemonSupervisor,
  log: Log,
  study?: string,
): void {
  const view = study === undefined ? "#/beq" : `#/beq/${study}`;
  if (open !== undefined) {
    open.panel.reveal();
    if (open.view !== view) fillWebview(open.panel.webview, context.extensionUri, view);
    open.view = view;
    return;
  }
  const panel = vscode.window.createWebviewPanel(
    "edin.beq",
    vscode.l10n.t("EDIN BEQ"),
    vscode.ViewColumn.Active,
    { retainContextWhenHidden: true },
  );
  const bridge = new PanelBridge(panel.webview, new DaemonSource(daemon), log);
  panel.onDidDispose(() => {
    bridge.dispose();
    open = undefined;
  });
  open = { panel, view };
  fillWebview(panel.webview, context.extensionUri, view);
}
