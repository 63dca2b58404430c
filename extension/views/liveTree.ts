import path from "node:path";
import * as vscode from "vscode";
import { listLiveDevices, type LiveSession } from "../../shared/protocol/live.ts";
import type { DaemonClient } from "../daemon/client.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { childrenFrom } from "./children.ts";
import type { LiveSessions } from "../live.ts";

interface Device {
  readonly id: string;
  readonly name: string;
}

export type LiveNode =
  | { readonly kind: "session"; readonly session: LiveSession }
  | { readonly kind: "camera"; readonly device: Device }
  | { readonly kind: "microphone"; readonly device: Device }
  | { readonly kind: "capture" }
  | { readonly kind: "clip" }
  | { readonly kind: "note"; readonly text: string };

/** What runs live, and what could: the capture page in the browser, a clip, and devices of the daemon's machine. */
export class LiveTree implements vscode.TreeDataProvider<LiveNode> {
  readonly #daemon: DaemonSupervisor;
  readonly #live: LiveSessions;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(daemon: DaemonSupervisor, live: LiveSessions) {
    this.#daemon = daemon;
    this.#live = live;
    let shown = "";
    live.onDidChange(() => {
      // Figures change all the time; the tree only shows what runs.
      const now = live.running.map(({ id, state, recording }) => [id, state, recording?.on].join()).join(";");
      if (now !== shown) this.refresh();
      shown = now;
    });
    daemon.onDidConnect(() => this.refresh());
  }

  /** Looks for devices again. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  async getChildren(parent?: LiveNode): Promise<LiveNode[]> {
    if (parent !== undefined) return [];
    return childrenFrom(this.#daemon, (client) => this.#sources(client));
  }

  async #sources(client: DaemonClient): Promise<LiveNode[]> {
    const { cameras, microphones, reason } = await client.call(listLiveDevices, {});
    const remote = vscode.env.remoteName;
    return [
      ...this.#live.running.map((session): LiveNode => ({ kind: "session", session })),
      { kind: "capture" },
      { kind: "clip" },
      ...cameras.map((device): LiveNode => ({ kind: "camera", device })),
      ...microphones.map((device): LiveNode => ({ kind: "microphone", device })),
      ...(reason === undefined ? [] : [{ kind: "note" as const, text: reason }]),
      ...(remote === undefined
        ? []
        : [
            {
              kind: "note" as const,
              text: vscode.l10n.t(
                "Devices are those of {0}. For the camera of this computer open the capture page.",
                remote,
              ),
            },
          ]),
    ];
  }

  getTreeItem(node: LiveNode): vscode.TreeItem {
    const { l10n } = vscode;
    if (node.kind === "session") return sessionItem(node.session);
    if (node.kind === "note") return Object.assign(item(node.text, "info"), { tooltip: node.text });
    if (node.kind === "capture")
      return Object.assign(item(l10n.t("Open Capture Page"), "link-external", "edin.openCapture"), {
        tooltip: l10n.t("VS Code gives its panels no camera; a page in your browser has one."),
      });
    if (node.kind === "clip") return item(l10n.t("Play a Clip Live"), "file-media", "edin.openLive");
    return deviceItem(node.kind, node.device);
  }
}

function deviceItem(kind: "camera" | "microphone", { id, name }: Device): vscode.TreeItem {
  const shown = item(name, kind === "camera" ? "device-camera-video" : "mic", "edin.openLive");
  shown.id = `${kind}:${id}`;
  return shown;
}

function sessionItem(session: LiveSession): vscode.TreeItem {
  const { id, source, state, recording, pipeline } = session;
  const { l10n } = vscode;
  const name = {
    page: l10n.t("Capture page"),
    file: source.kind === "file" ? path.basename(source.path) : "",
    devices: l10n.t("Camera and microphone"),
  }[source.kind];
  const words = [
    state === "starting" ? l10n.t("starting") : pipeline,
    ...(recording?.on === true ? [l10n.t("recording")] : []),
  ];
  const shown = item(name, recording?.on === true ? "record" : "broadcast");
  shown.id = id;
  shown.description = words.join(", ");
  shown.contextValue = "live.session";
  shown.accessibilityInformation = { label: `${name}, ${shown.description}` };
  shown.command = { command: "edin.openLive", title: l10n.t("Open Live"), arguments: [id] };
  return shown;
}

function item(label: string, icon: string, command?: string): vscode.TreeItem {
  const made = new vscode.TreeItem(label);
  made.iconPath = new vscode.ThemeIcon(icon);
  if (command !== undefined) made.command = { command, title: label };
  return made;
}
