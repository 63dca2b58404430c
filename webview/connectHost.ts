import type { Host } from "./host.ts";
import { PageHost } from "./host/pageHost.ts";
import { PanelHost, type VsCodeApi } from "./host/panelHost.ts";

declare global {
  /** Given to webviews by VS Code; absent in a browser. */
  var acquireVsCodeApi: (() => VsCodeApi) | undefined;
}

/** The host of this page. Outside VS Code the page brings the editor's colours itself. */
export function connectHost(): Host {
  if (globalThis.acquireVsCodeApi !== undefined) return new PanelHost(globalThis.acquireVsCodeApi());
  document.documentElement.dataset["standalone"] = "";
  return new PageHost();
}
