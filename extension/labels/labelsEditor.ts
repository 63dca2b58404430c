import * as vscode from "vscode";
import type { LabelsToPanel } from "../../shared/protocol/labelsPanel.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { PanelBridge } from "../panels/bridge.ts";
import { DaemonSource } from "../panels/daemonSource.ts";
import { fillWebview } from "../panels/webviewHtml.ts";
import { LabelsSession } from "./labelsSession.ts";
import type { UnsavedLabels } from "./unsavedLabels.ts";

export const labelsEditorType = "edin.labels";

/** Edits `*.labels.json` on a timeline. The text document keeps undo, backup and what others change. */
export class LabelsEditor implements vscode.CustomTextEditorProvider, vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #daemon: DaemonSupervisor;
  readonly #unsaved: UnsavedLabels;
  readonly #log: Log;
  readonly #files = new vscode.EventEmitter<vscode.Uri>();
  readonly #watcher = vscode.workspace.createFileSystemWatcher(
    "**/*.{scheme.yaml,scheme.yml,scheme.json,labels.json}",
  );
  readonly #sessions = new Set<{ readonly panel: vscode.WebviewPanel; readonly session: LabelsSession }>();

  constructor(context: vscode.ExtensionContext, daemon: DaemonSupervisor, unsaved: UnsavedLabels, log: Log) {
    this.#context = context;
    this.#daemon = daemon;
    this.#unsaved = unsaved;
    this.#log = log;
    for (const event of [this.#watcher.onDidCreate, this.#watcher.onDidChange, this.#watcher.onDidDelete])
      event((uri) => this.#files.fire(uri));
  }

  dispose(): void {
    this.#watcher.dispose();
    this.#files.dispose();
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    const post = (message: LabelsToPanel): void => {
      void panel.webview.postMessage({ type: "labels", message });
    };
    const session = new LabelsSession(document, {
      ...{ daemon: this.#daemon, unsaved: this.#unsaved, log: this.#log },
      ...{ post, onFile: this.#files.event },
    });
    const source = new DaemonSource(this.#daemon, { labels: session });
    const bridge = new PanelBridge(panel.webview, source, this.#log);
    const open = { panel, session };
    this.#sessions.add(open);
    panel.onDidDispose(() => {
      bridge.dispose();
      session.dispose();
      this.#sessions.delete(open);
    });
    fillWebview(panel.webview, this.#context.extensionUri, "#/labels");
  }

  /** Runs an action in the editor that has the focus. */
  do(action: string): void {
    for (const { panel, session } of this.#sessions) if (panel.active) session.do(action);
  }

  /** Opens a file at a time, and selects the annotation where one is named. */
  async reveal(uri: vscode.Uri, timeMs: number, id?: string): Promise<void> {
    await vscode.commands.executeCommand("vscode.openWith", uri, labelsEditorType);
    for (const { session } of this.#sessions)
      if (session.document.uri.toString() === uri.toString()) session.reveal(timeMs, id);
  }
}
