import * as vscode from "vscode";
import type { Analyses } from "../analyses.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { readSettings } from "../settings.ts";

/** The one status-bar item: state of the daemon, its device, and the analysis that runs. */
export function createStatusBar(daemon: DaemonSupervisor, analyses: Analyses): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("edin.status", vscode.StatusBarAlignment.Right, 50);
  item.name = "EDIN";
  item.command = "edin.showMenu";
  const update = (): void => {
    const running = analyses.all.find((analysis) => analysis.state === "running");
    const { l10n } = vscode;
    item.text = {
      stopped: "$(debug-disconnect) EDIN",
      starting: `$(sync~spin) EDIN`,
      restarting: `$(sync~spin) EDIN`,
      ready: "$(pulse) EDIN",
      failed: "$(error) EDIN",
    }[daemon.state];
    const state = {
      stopped: l10n.t("not running"),
      starting: l10n.t("starting"),
      restarting: l10n.t("starting again"),
      ready: l10n.t("ready, device: {0}", readSettings().device),
      failed: l10n.t("failed"),
    }[daemon.state];
    if (running?.progress !== undefined && daemon.state === "ready") {
      const { timeMs, durationMs, framesPerSecond } = running.progress;
      const percent = Math.round((timeMs / Math.max(durationMs, 1)) * 100);
      item.text = `$(sync~spin) EDIN ${percent} % · ${Math.round(framesPerSecond)} fps`;
    }
    item.tooltip = l10n.t("EDIN daemon: {0}", state);
    item.accessibilityInformation = { label: item.tooltip };
    item.show();
  };
  update();
  return vscode.Disposable.from(item, daemon.onDidChangeState(update), analyses.onDidChange(update));
}
