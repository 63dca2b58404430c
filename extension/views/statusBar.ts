import * as vscode from "vscode";
import { getStatus } from "../../shared/protocol/system.ts";
import { trainingTitle } from "../../shared/protocol/trainingRoutes.ts";
import type { Analyses } from "../analyses.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { LiveSessions } from "../live.ts";
import { readSettings } from "../settings.ts";
import type { Trainings } from "../trainings.ts";
import { percentDone, progressText } from "./progressText.ts";

/** The one status-bar item: state of the daemon, its device, and what runs: a live session, else an analysis, else a training. */
export function createStatusBar(
  daemon: DaemonSupervisor,
  analyses: Analyses,
  live: LiveSessions,
  trainings: Trainings,
): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("edin.status", vscode.StatusBarAlignment.Right, 50);
  item.name = "EDIN";
  item.command = "edin.showMenu";
  // What `auto` chose is known with the first analysis; until then the choice is shown.
  let device: string = readSettings().device;
  const update = (): void => {
    const { l10n } = vscode;
    const state = {
      stopped: l10n.t("not running"),
      starting: l10n.t("starting"),
      restarting: l10n.t("starting again"),
      ready: l10n.t("ready, device: {0}", device),
      failed: l10n.t("failed"),
    }[daemon.state];
    item.text = `$(${icons[daemon.state]}) EDIN${daemon.state === "ready" ? ` ${device}` : ""}`;
    const work = daemon.state === "ready" ? running(analyses, live, trainings) : undefined;
    if (work !== undefined) item.text = `$(${work.icon}) EDIN ${device} · ${work.text}`;
    item.tooltip = [l10n.t("EDIN daemon: {0}", state), ...(work === undefined ? [] : [work.tooltip])].join(
      "\n",
    );
    item.accessibilityInformation = { label: item.tooltip };
    item.show();
  };
  update();
  return vscode.Disposable.from(
    item,
    daemon.onDidChangeState(update),
    daemon.onDidConnect((client) => {
      client.call(getStatus, {}).then(
        (status) => {
          device = status.device;
          update();
        },
        () => undefined,
      );
    }),
    analyses.onDidChange(update),
    live.onDidChange(update),
    trainings.onDidChange(update),
  );
}

const icons = {
  stopped: "debug-disconnect",
  starting: "sync~spin",
  restarting: "sync~spin",
  ready: "pulse",
  failed: "error",
} as const;

function trained(trainings: Trainings): Work | undefined {
  const job = trainings.all.find(({ state }) => state === "running");
  if (job?.progress === undefined) return undefined;
  const { share = 0, text } = job.progress;
  return {
    icon: "mortar-board",
    text: `${Math.round(100 * share)} %`,
    tooltip: vscode.l10n.t("Training {0}: {1}", trainingTitle(job), text),
  };
}

interface Work {
  readonly icon: string;
  readonly text: string;
  readonly tooltip: string;
}

function running(analyses: Analyses, live: LiveSessions, trainings: Trainings): Work | undefined {
  const { l10n } = vscode;
  const [session] = live.running;
  if (session !== undefined) {
    const fps = Math.round(session.stats.fps);
    const recording = session.recording?.on === true;
    return {
      icon: recording ? "record" : "broadcast",
      text: l10n.t("{0} fps", fps),
      tooltip: recording
        ? l10n.t("Live and recording: {0} fps, dropped frames: {1}", fps, session.stats.dropped)
        : l10n.t("Live: {0} fps, dropped frames: {1}", fps, session.stats.dropped),
    };
  }
  const analysis = analyses.all.find(({ state }) => state === "running");
  if (analysis?.progress === undefined) return trained(trainings);
  return {
    icon: "sync~spin",
    text: `${percentDone(analysis.progress)} %`,
    tooltip: `${analysis.mediaName}: ${progressText(analysis.progress)}`,
  };
}
