import os from "node:os";
import * as vscode from "vscode";
import { toAppError } from "../../shared/errors.ts";
import type { AnalysisRecord } from "../../shared/protocol/analyses.ts";
import { getDoctor, getStatus } from "../../shared/protocol/system.ts";
import type { Analyses } from "../analyses.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { Log } from "../log.ts";
import { withoutPrivate } from "../redact.ts";

/**
 * Opens a report for the user to read, complete and share where they like: versions, the state of this machine, and the end
 * of the log, without secrets, folders, and names of clips. Nothing is sent.
 */
export async function reportIssue(
  context: vscode.ExtensionContext,
  daemon: DaemonSupervisor,
  analyses: Analyses,
  log: Log,
): Promise<void> {
  const { version } = context.extension.packageJSON as { version: string };
  const text = [
    "# EDIN: report of an issue",
    "",
    vscode.l10n.t(
      "Nothing was sent. Read this, say what happened, and share it where you like. Folders, names of clips and secrets were taken out.",
    ),
    "",
    "## What I did, what I expected, what happened",
    "",
    "",
    "## Versions",
    "",
    `- EDIN ${version}, VS Code ${vscode.version}${vscode.env.remoteName === undefined ? "" : `, remote: ${vscode.env.remoteName}`}`,
    `- ${os.platform()} ${os.release()} ${os.arch()}, Node ${process.versions.node}`,
    `- daemon: ${daemon.state}`,
    "",
    "## This machine",
    "",
    ...(await examine(daemon)),
    "",
    "## End of the log",
    "",
    "```",
    ...log.tail,
    "```",
    "",
  ].join("\n");
  const content = withoutPrivate(text, {
    folders: {
      "~": os.homedir(),
      "[data folder]": daemon.dataDir,
      "[extension]": context.extensionPath,
      "[temporary]": os.tmpdir(),
      ...Object.fromEntries(
        (vscode.workspace.workspaceFolders ?? []).map(({ uri }, i) => [`[workspace ${i + 1}]`, uri.fsPath]),
      ),
    },
    secrets: [...daemon.secrets, ...analyses.all.flatMap(namesOf), os.userInfo().username, os.hostname()],
  });
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ language: "markdown", content }),
  );
}

function namesOf({ mediaPath, mediaName }: AnalysisRecord): string[] {
  return [mediaPath, mediaName, mediaName.replace(/\.[^.]*$/, "")];
}

/** What the daemon says of itself, if one runs; none is started for a report. */
async function examine(daemon: DaemonSupervisor): Promise<string[]> {
  if (daemon.state !== "ready") return ["The daemon does not run."];
  try {
    const client = await daemon.client();
    const [{ checks }, { database, device, analyses }] = await Promise.all([
      client.call(getDoctor, {}),
      client.call(getStatus, {}),
    ]);
    return [
      `- database ${database}, device ${device}, ${analyses.queued} queued, ${analyses.running} running`,
      ...checks.map(({ name, state, detail, advice }) =>
        [`- ${name}: ${state}: ${detail}`, ...(advice === undefined ? [] : [advice])].join(" "),
      ),
    ];
  } catch (error) {
    return [toAppError(error).message];
  }
}
