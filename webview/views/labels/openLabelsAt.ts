import type { Host } from "../../host.ts";
import { PanelHost } from "../../host/panelHost.ts";
import { show } from "../../host/route.ts";

/** Opens a labels file at a time: on the page here, in VS Code in an editor of its own. */
export function openLabelsAt(host: Host, path: string, timeMs: number): void {
  if (host instanceof PanelHost) host.revealLabels(path, timeMs);
  else show({ view: "labels", id: path, atMs: timeMs });
}
