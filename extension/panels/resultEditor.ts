import path from "node:path";
import * as vscode from "vscode";
import { analysisSchema, type Analysis } from "../../shared/protocol/results.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { PanelBridge } from "./bridge.ts";
import { DaemonSource } from "./daemonSource.ts";
import { FolderSource } from "./folderSource.ts";
import { analysisFolder } from "./openResult.ts";
import { fillWebview } from "./webviewHtml.ts";
import { parseJson } from "../../shared/text/parseJson.ts";

/** An analysis.json as an editor shows it; a result is never edited. */
export class ResultDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  /** Absent where the file is no result of EDIN. */
  readonly analysis: Analysis | undefined;

  constructor(uri: vscode.Uri, analysis: Analysis | undefined) {
    this.uri = uri;
    this.analysis = analysis;
  }

  dispose(): void {
    // Nothing is held open.
  }
}

/** Shows `analysis.json` with video, timeline and tables. "Reopen with" still offers the text. */
export class ResultEditor implements vscode.CustomReadonlyEditorProvider<ResultDocument> {
  readonly #context: vscode.ExtensionContext;
  readonly #daemon: DaemonSupervisor;
  readonly #log: Log;

  constructor(context: vscode.ExtensionContext, daemon: DaemonSupervisor, log: Log) {
    this.#context = context;
    this.#daemon = daemon;
    this.#log = log;
  }

  async openCustomDocument(uri: vscode.Uri): Promise<ResultDocument> {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    const analysis = analysisSchema.safeParse(parseJson(text));
    return new ResultDocument(uri, analysis.data);
  }

  resolveCustomEditor(document: ResultDocument, panel: vscode.WebviewPanel): void {
    const { analysis, uri } = document;
    if (analysis === undefined) {
      // A file of somebody else that has the same name: what opens it is the editor for texts.
      const { viewColumn } = panel;
      setTimeout(() => {
        panel.dispose();
        void vscode.commands.executeCommand("vscode.openWith", uri, "default", viewColumn);
      });
      return;
    }
    // All results lie in files of the same name.
    panel.title = `${path.basename(analysis.media.name)}, ${analysis.pipeline}`;
    const folder = path.dirname(uri.fsPath);
    // Results in the daemon's own folder come through the daemon, which also has the clip and makes the exports.
    const source =
      path.relative(analysisFolder(this.#daemon, analysis.id), folder) === ""
        ? new DaemonSource(this.#daemon)
        : new FolderSource(folder, analysis);
    const bridge = new PanelBridge(panel.webview, source, this.#log);
    panel.onDidDispose(() => bridge.dispose());
    fillWebview(panel.webview, this.#context.extensionUri, `#/analysis/${analysis.id}`);
  }
}
