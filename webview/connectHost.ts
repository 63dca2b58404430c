import type { Host } from "./host.ts";
import { PageHost } from "./host/pageHost.ts";
import { PanelHost, type VsCodeApi } from "./host/panelHost.ts";

declare global {
  /** Given to webviews by VS Code; absent in a browser. */
  var acquireVsCodeApi: (() => VsCodeApi) | undefined;
}

/** The host of this page; in a browser, after its one-time code was turned into a session. */
export async function connectHost(): Promise<Host> {
  if (globalThis.acquireVsCodeApi !== undefined) return new PanelHost(globalThis.acquireVsCodeApi());
  document.documentElement.dataset["standalone"] = "";
  return PageHost.connect();
}
