import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import { createCode } from "../../shared/protocol/system.ts";
import { socketRequests, type ClientEvents } from "../../shared/protocol/socket.ts";
import { mediaEndings } from "../../shared/mediaTypes.ts";
import { rootOf } from "../clips.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { LiveRequests } from "./source.ts";

/** What the panel may ask over the socket: a webview has no camera, so it pushes nothing. */
const allowed = [
  "live:watch",
  "live:unwatch",
  "live:head",
  "live:segment",
  "live:say",
] as const satisfies readonly (keyof ClientEvents)[];

/** The Live panel's requests, passed on to the daemon. */
export function createLiveRequests(daemon: DaemonSupervisor): LiveRequests {
  const watched = new Set<string>();
  return {
    async ask(name, request) {
      const known = allowed.find((one) => one === name);
      if (known === undefined) throw new AppError("forbidden", vscode.l10n.t("A panel may not ask this."));
      const { id } = socketRequests[known].request.parse(request);
      if (known === "live:watch") watched.add(id);
      if (known === "live:unwatch") watched.delete(id);
      return (await daemon.client()).ask(known, request);
    },
    async chooseClip() {
      const chosen = await vscode.window.showOpenDialog({
        openLabel: vscode.l10n.t("Play Live"),
        filters: { [vscode.l10n.t("Video and sound")]: [...mediaEndings] },
      });
      const clip = chosen?.[0];
      if (clip === undefined) return undefined;
      await (await daemon.client()).call(grantRoot, { path: rootOf(clip) });
      return clip.fsPath;
    },
    openCapture: () => openCapturePage(daemon),
    close() {
      // No daemon is started for this.
      if (daemon.state !== "ready") return;
      for (const id of watched)
        void daemon
          .client()
          .then((client) => client.ask("live:unwatch", { id }))
          // The session or the daemon may be gone as well, and with it what would be unwatched.
          .catch(() => undefined);
    },
  };
}

/** Opens the capture page in the user's browser, with a one-time code in its address. */
export async function openCapturePage(daemon: DaemonSupervisor): Promise<void> {
  const { url } = await (await daemon.client()).call(createCode, {});
  await vscode.env.openExternal(vscode.Uri.parse(`${url}&view=capture`));
}
