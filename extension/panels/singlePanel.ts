import * as vscode from "vscode";
import type { Log } from "../log.ts";
import { PanelBridge } from "./bridge.ts";
import type { ResultSource } from "./source.ts";
import { fillWebview } from "./webviewHtml.ts";

export interface SinglePanelOptions {
  readonly title: string;
  /** Fragment of the page: of a new panel `home`; of an open one that which is asked for, else what it shows already. */
  readonly home: string;
  readonly view?: string | undefined;
  readonly source: () => ResultSource;
}

/** A kind of panel of which there is one at a time: asked for again, it comes to the front. */
export class SinglePanel {
  readonly #type: string;
  readonly #retained: boolean;
  #open: vscode.WebviewPanel | undefined;

  /** @param retained it goes on while it is behind another panel */
  constructor(type: string, retained: boolean) {
    this.#type = type;
    this.#retained = retained;
  }

  show(
    { extensionUri }: vscode.ExtensionContext,
    log: Log,
    { title, home, view, source }: SinglePanelOptions,
  ): void {
    if (this.#open !== undefined) {
      this.#open.reveal();
      if (view !== undefined) fillWebview(this.#open.webview, extensionUri, view);
      return;
    }
    const panel = vscode.window.createWebviewPanel(this.#type, title, vscode.ViewColumn.Active, {
      retainContextWhenHidden: this.#retained,
    });
    const bridge = new PanelBridge(panel.webview, source(), log);
    panel.onDidDispose(() => {
      bridge.dispose();
      this.#open = undefined;
    });
    this.#open = panel;
    fillWebview(panel.webview, extensionUri, view ?? home);
  }
}
