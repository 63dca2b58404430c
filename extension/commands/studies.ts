import * as vscode from "vscode";
import { isAppError } from "../../shared/errors.ts";
import { cancelImport, importStudy, listImports } from "../../shared/protocol/studyArchives.ts";
import { deleteParticipant } from "../../shared/protocol/studyRoutes.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { StudyNode } from "../views/participantsTree.ts";

const zips = { EDIN: ["zip"] };

/** Saves a study as one archive. */
export async function exportStudy(daemon: DaemonSupervisor, { study }: StudyNode): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${study.name.replace(/[^\p{L}\p{N} _-]+/gu, "_")}.zip`;
  const target = await vscode.window.showSaveDialog({
    filters: zips,
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(folder, name) }),
  });
  if (target === undefined) return;
  const client = await daemon.client();
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Exporting {0}", study.name) },
    () => client.saveArchive(study.id, target.fsPath),
  );
}

/** Takes a study over from an archive; cancelling takes back what was begun. */
export async function chooseAndImportStudy(daemon: DaemonSupervisor): Promise<void> {
  const [file] = (await vscode.window.showOpenDialog({ filters: zips, canSelectMany: false })) ?? [];
  if (file === undefined) return;
  const client = await daemon.client();
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t("Importing the study"),
      cancellable: true,
    },
    async (progress, cancelled) => {
      // What is wrong the import itself tells.
      const quietly = (work: Promise<void>): void => void work.catch(() => undefined);
      const look = async () => {
        const { imports } = await client.call(listImports, {});
        const one = imports.find(({ path }) => path === file.fsPath);
        if (one === undefined) return;
        if (cancelled.isCancellationRequested) await client.call(cancelImport, { id: one.id });
        else if (one.total > 0)
          progress.report({ message: vscode.l10n.t("{0} of {1} done", one.done, one.total) });
      };
      const timer = setInterval(() => quietly(look()), 1000);
      const asked = cancelled.onCancellationRequested(() => quietly(look()));
      try {
        await client.call(importStudy, { path: file.fsPath });
      } catch (error) {
        if (!isAppError(error, "cancelled")) throw error;
      } finally {
        clearInterval(timer);
        asked.dispose();
      }
    },
  );
}

/** Removes a participant wholly, after asking. */
export async function removeParticipant(daemon: DaemonSupervisor, node: StudyNode): Promise<void> {
  if (node.kind !== "participant") return;
  const { study, participant } = node;
  const remove = vscode.l10n.t("Delete");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t(
      "Delete {0} with all answers, results and recordings permanently? Clips of your own stay.",
      participant.id,
    ),
    { modal: true },
    remove,
  );
  if (chosen !== remove) return;
  const client = await daemon.client();
  await client.call(deleteParticipant, { study: study.id, participant: participant.id });
}
