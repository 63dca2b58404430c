import * as vscode from "vscode";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";

/** What the status-bar item offers. */
export async function showMenu(daemon: DaemonSupervisor): Promise<void> {
  const { l10n } = vscode;
  const running = daemon.state !== "stopped" && daemon.state !== "failed";
  const chosen = await vscode.window.showQuickPick(
    [
      { label: `$(play) ${l10n.t("Analyse a clip")}`, command: "edin.analyse" },
      { label: `$(list-unordered) ${l10n.t("Show analyses")}`, command: "edin.analyses.focus" },
      { label: `$(server-process) ${l10n.t("Show the queue")}`, command: "edin.openQueue" },
      { label: `$(link-external) ${l10n.t("Open the page in the browser")}`, command: "edin.openInBrowser" },
      { label: `$(checklist) ${l10n.t("Check this machine")}`, command: "edin.doctor" },
      { label: `$(output) ${l10n.t("Show the log")}`, command: "edin.showLog" },
      {
        label: `$(debug-restart) ${running ? l10n.t("Restart the daemon") : l10n.t("Start the daemon")}`,
        command: "edin.restartDaemon",
      },
      ...(running
        ? [{ label: `$(debug-stop) ${l10n.t("Stop the daemon")}`, command: "edin.stopDaemon" }]
        : []),
    ],
    { title: "EDIN" },
  );
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}
