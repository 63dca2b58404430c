import path from "node:path";
import * as vscode from "vscode";
import { toAppError } from "../../shared/errors.ts";
import { getResult } from "../../shared/protocol/analyses.ts";
import { cancelJob, deleteJob, getJob, type Job } from "../../shared/protocol/jobs.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import {
  getRedactedClip,
  getRedaction,
  listAvatars,
  startRedaction,
  type NewRedaction,
} from "../../shared/protocol/redaction.ts";
import { personTitle } from "../../shared/people/title.ts";
import { redactionSentences } from "../../shared/redactionText.ts";
import type { Analyses } from "../analyses.ts";
import type { DaemonClient } from "../daemon/client.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { pick } from "./pick.ts";

/** How often a running job is asked how far it is. */
const askEveryMs = 500;

/** Writes a copy of a clip in which faces cannot be recognised, where the user wants it, and tells what its check found. */
export async function shareWithoutFaces(
  daemon: DaemonSupervisor,
  analyses: Analyses,
  clip: vscode.Uri | undefined,
): Promise<void> {
  const { l10n } = vscode;
  clip ??= (await vscode.window.showOpenDialog({ openLabel: l10n.t("Choose a clip") }))?.[0];
  if (clip?.scheme !== "file") return;
  const client = await daemon.client();
  const covers = await chooseCovers(client);
  const keep = covers && (await chooseKept(client, analyses, clip.fsPath));
  if (keep === undefined) return;
  const asked = { ...covers, keep };
  const { name, dir } = path.parse(clip.fsPath);
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(dir, `${name}-without-faces.mp4`)),
    filters: { MP4: ["mp4"] },
    title: l10n.t("Where the copy goes"),
  });
  if (target === undefined) return;
  const job = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: l10n.t("Copying {0} without faces", path.basename(clip.fsPath)),
      cancellable: true,
    },
    async (progress, token) => {
      const root = vscode.workspace.getWorkspaceFolder(clip)?.uri.fsPath ?? dir;
      await client.call(grantRoot, { path: root });
      const { job: started } = await client.call(startRedaction, { mediaPath: clip.fsPath, ...asked });
      token.onCancellationRequested(
        () => void client.call(cancelJob, { id: started.id }).catch(() => undefined),
      );
      return ended(client, started, (text) => progress.report({ message: text }));
    },
  );
  if (job.state === "cancelled") return;
  if (job.state !== "done") {
    const { message } = job.failure ?? toAppError(undefined);
    void vscode.window.showErrorMessage(l10n.t("{0}: {1}", path.basename(clip.fsPath), message));
    return;
  }
  const { report } = await client.call(getRedaction, { id: job.id });
  await client.saveFile(getRedactedClip, { id: job.id }, target.fsPath);
  // The copy is the user's now; the daemon keeps none.
  await client.call(deleteJob, { id: job.id });
  const sentences = redactionSentences(report);
  const tell =
    report.check.recognisable > 0 ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const open = l10n.t("Open");
  const chosen = await tell(sentences.at(-1)!, { detail: sentences.join("\n") }, open);
  if (chosen === open) await vscode.commands.executeCommand("vscode.open", target);
}

async function chooseCovers(
  client: DaemonClient,
): Promise<Omit<NewRedaction, "mediaPath" | "keep"> | undefined> {
  const { l10n } = vscode;
  const face = await pick<NewRedaction["face"]>(l10n.t("What becomes of faces"), undefined, [
    { label: l10n.t("Blur"), value: "blur" },
    { label: l10n.t("Pixelate"), value: "pixelate" },
    { label: l10n.t("Avatars in their place"), value: "avatar" },
    { label: l10n.t("Black out"), value: "remove" },
  ]);
  if (face === undefined) return undefined;
  const heads = face === "avatar" ? (await client.call(listAvatars, {})).avatars : [];
  const avatar =
    face === "avatar"
      ? await pick(
          l10n.t("Avatar of the first face"),
          undefined,
          heads.filter(({ kind }) => kind === "head").map(({ name }) => ({ label: name, value: name })),
        )
      : "ada";
  if (avatar === undefined) return undefined;
  const voice = await pick<NewRedaction["voice"]>(l10n.t("What becomes of voices"), undefined, [
    { label: l10n.t("Keep"), value: "keep" },
    { label: l10n.t("Lower"), value: "pitch" },
    { label: l10n.t("No sound"), value: "remove" },
  ]);
  return voice === undefined ? undefined : { face, avatar, voice };
}

/** Which faces of the clip stay as they are; an analysis of it has numbered them, without one all are covered. */
async function chooseKept(
  client: DaemonClient,
  analyses: Analyses,
  clip: string,
): Promise<number[] | undefined> {
  const analysis = analyses.all.find(({ state, mediaPath }) => state === "done" && mediaPath === clip);
  if (analysis === undefined) return [];
  const { tracks } = (await client.call(getResult, { id: analysis.id })).result;
  if (tracks.length === 0) return [];
  const chosen = await vscode.window.showQuickPick(
    tracks.map(({ id, firstMs, lastMs }) => ({
      label: personTitle(tracks, id),
      description: vscode.l10n.t("{0} to {1} s", (firstMs / 1000).toFixed(1), (lastMs / 1000).toFixed(1)),
      id,
    })),
    { title: vscode.l10n.t("Faces that stay as they are: none, if none is ticked"), canPickMany: true },
  );
  return chosen?.map(({ id }) => id);
}

async function ended(client: DaemonClient, { id }: Job, say: (text: string) => void): Promise<Job> {
  for (;;) {
    const { job } = await client.call(getJob, { id });
    if (job.state !== "queued" && job.state !== "running") return job;
    if (job.progress) say(job.progress.text);
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}
