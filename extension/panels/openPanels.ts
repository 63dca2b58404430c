import * as vscode from "vscode";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { toAppError } from "../../shared/errors.ts";
import { DaemonSource } from "./daemonSource.ts";
import { createLiveRequests } from "./liveRequests.ts";
import { openNotebook } from "./openNotebook.ts";
import { SinglePanel } from "./singlePanel.ts";

type Context = vscode.ExtensionContext;
const models = new SinglePanel("edin.models", false);
const beq = new SinglePanel("edin.beq", true);
const training = new SinglePanel("edin.training", true);
const queue = new SinglePanel("edin.queue", false);
const compare = new SinglePanel("edin.compare", true);
const experiments = new SinglePanel("edin.experiments", true);
const live = new SinglePanel("edin.live", true);

/** Shows the networks with their cards and figures; with `id` that one's card. */
export function openModelsPanel(context: Context, daemon: DaemonSupervisor, log: Log, id?: string): void {
  models.show(context, log, {
    title: vscode.l10n.t("EDIN Models"),
    home: "#/models",
    view: id === undefined ? undefined : `#/models/${id}`,
    source: () => new DaemonSource(daemon),
  });
}

/** Shows the studies, or one of them. A form that is filled in there is kept by the daemon. */
export function openBeq(context: Context, daemon: DaemonSupervisor, log: Log, study?: string): void {
  beq.show(context, log, {
    title: vscode.l10n.t("EDIN Studies"),
    home: "#/beq",
    view: study === undefined ? "#/beq" : `#/beq/${study}`,
    source: () =>
      new DaemonSource(daemon, {
        openNotebook: (name, files) => {
          openNotebook(name, files).catch((error: unknown) => {
            log.error("A notebook could not be opened.", error);
            void vscode.window.showErrorMessage(toAppError(error).message);
          });
        },
      }),
  });
}

/** Shows the queue: what waits, runs and ended, and on which machine. */
export function openQueue(context: Context, daemon: DaemonSupervisor, log: Log): void {
  queue.show(context, log, {
    title: vscode.l10n.t("EDIN Queue"),
    home: "#/queue",
    view: undefined,
    source: () => new DaemonSource(daemon),
  });
}

/** Shows two results of one clip, one over the other; ids as `resultIdSchema` has them. */
export function openCompare(
  context: Context,
  daemon: DaemonSupervisor,
  log: Log,
  [first, second]: readonly [string, string],
): void {
  const view = `#/compare/${encodeURIComponent(first)}/${encodeURIComponent(second)}`;
  compare.show(context, log, {
    ...{ title: vscode.l10n.t("EDIN Compare"), home: view, view },
    source: () => new DaemonSource(daemon),
  });
}

/** Shows the experiments, or the one whose results lie in `folder`, also while it runs. */
export function openExperiments(context: Context, daemon: DaemonSupervisor, log: Log, folder?: string): void {
  experiments.show(context, log, {
    title: vscode.l10n.t("EDIN Experiments"),
    home: "#/experiments",
    view: folder === undefined ? "#/experiments" : `#/experiments/${encodeURIComponent(folder)}`,
    source: () => new DaemonSource(daemon),
  });
}

/** Shows the trainings, or one of them. */
export function openTraining(context: Context, daemon: DaemonSupervisor, log: Log, id?: string): void {
  training.show(context, log, {
    title: vscode.l10n.t("EDIN Training"),
    home: "#/training",
    view: id === undefined ? undefined : `#/training/${id}`,
    source: () => new DaemonSource(daemon),
  });
}

/** Shows live sessions; with `sessionId` that session. */
export function openLive(context: Context, daemon: DaemonSupervisor, log: Log, sessionId?: string): void {
  live.show(context, log, {
    title: vscode.l10n.t("EDIN Live"),
    home: "#/live",
    view: sessionId === undefined ? undefined : `#/live/${sessionId}`,
    source: () => new DaemonSource(daemon, { live: createLiveRequests(daemon) }),
  });
}
