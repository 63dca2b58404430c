import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import type { ExperimentEvent } from "../../shared/protocol/experiment.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import { rootOf } from "../clips.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { kindOf } from "../files/kinds.ts";
import type { Log } from "../log.ts";
import { daemonEnvironment, readSettings } from "../settings.ts";
import { paceText } from "../views/progressText.ts";

/** Time that a cancelled run gets to end by itself. */
const stopTimeoutMs = 5000;

export interface ExperimentParts {
  readonly daemon: DaemonSupervisor;
  readonly log: Log;
  /** The command line. */
  readonly script: string;
}

/**
 * Runs `edin experiment` on a file: one that is given, that is open, or that the user chooses.
 * @param showTable of the folder of the results, from the start on
 */
export async function runExperiment(
  { daemon, log, script }: ExperimentParts,
  showTable: (folder: string) => void,
  given?: vscode.Uri,
): Promise<void> {
  const file = given ?? vscode.window.activeTextEditor?.document.uri;
  const chosen = file !== undefined && kindOf(file.fsPath) === "experiment" ? file : await choose();
  if (chosen === undefined) return;
  // What is on the screen is what runs.
  await vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === chosen.toString())?.save();
  if (!(await mayReplace(chosen.fsPath))) return;
  await (await daemon.client()).call(grantRoot, { path: rootOf(chosen) });
  const done = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Running {0}", path.basename(chosen.fsPath)),
      cancellable: true,
    },
    (progress, token) => run(script, chosen.fsPath, log, { progress, token, showTable }),
  );
  if (done !== undefined && done.failed > 0)
    void vscode.window.showWarningMessage(
      vscode.l10n.t("Failed analyses of the experiment: {0}. The table says why.", done.failed),
    );
}

async function choose(): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles(
    "**/*.experiment.{yaml,yml,json}",
    "**/node_modules/**",
    200,
  );
  if (found.length === 0)
    throw new AppError(
      "not_found",
      vscode.l10n.t("There is no experiment file here. Create one whose name ends in .experiment.yaml."),
    );
  const picked = await vscode.window.showQuickPick(
    found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
    { title: vscode.l10n.t("Run Experiment") },
  );
  return picked?.uri;
}

/** Results of an earlier run are replaced only when the user says so. */
async function mayReplace(file: string): Promise<boolean> {
  const results = file.replace(/(\.experiment)?\.[^.]*$/, ".results");
  const table = vscode.Uri.file(path.join(results, "comparison.csv"));
  const there = await vscode.workspace.fs.stat(table).then(
    () => true,
    () => false,
  );
  if (!there) return true;
  const replace = vscode.l10n.t("Replace");
  const question = vscode.l10n.t("Replace the results of the earlier run in {0}?", path.basename(results));
  return (await vscode.window.showWarningMessage(question, { modal: true }, replace)) === replace;
}

/** Resolves with the last event, or with nothing when it was cancelled. @throws AppError with the command's own words. */
async function run(
  script: string,
  file: string,
  log: Log,
  {
    progress,
    token,
    showTable,
  }: {
    readonly progress: vscode.Progress<{ message?: string; increment?: number }>;
    readonly token: vscode.CancellationToken;
    readonly showTable: (folder: string) => void;
  },
): Promise<Extract<ExperimentEvent, { type: "done" }> | undefined> {
  const { experimentEventSchema } = await import("../../shared/protocol/experiment.ts");
  const device = readSettings().device;
  const args = [script, "experiment", file, "--device", device, "--force", "--json", "--stdio-lifetime"];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], env: daemonEnvironment() });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  const words: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    words.push(line);
    log.info(`[experiment] ${line}`);
  });
  token.onCancellationRequested(() => stop(child));
  let [all, shown] = [1, 0];
  let done: Extract<ExperimentEvent, { type: "done" }> | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = experimentEventSchema.parse(JSON.parse(line));
    if (event.type === "planned") {
      all = Math.max(event.analyses, 1);
      showTable(event.folder);
    } else if (event.type === "done") done = event;
    else {
      const percent = ((event.index + event.share) / all) * 100;
      progress.report({
        message: [`${event.index + 1}/${all}: ${event.run}`, event.clip, paceText(event.framesPerSecond)]
          .filter((part) => part !== undefined)
          .join(", "),
        increment: percent - shown,
      });
      shown = percent;
    }
  });
  const code = await ended;
  if (token.isCancellationRequested || done !== undefined) return done;
  throw new AppError(
    "internal",
    words.at(-1) ?? vscode.l10n.t("The experiment ended with {0}. See the log.", String(code)),
  );
}

/** The command hears the end of its input and stops; a deaf one is killed. */
function stop(child: ChildProcess): void {
  child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  child.once("exit", () => clearTimeout(timer));
}
