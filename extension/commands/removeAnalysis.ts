import * as vscode from "vscode";
import {
  deleteAnalysis,
  previewDeletion,
  type AnalysisRecord,
  type Deletion,
} from "../../shared/protocol/analyses.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";

/** Removes an analysis for good, after saying what goes with it and what stays. */
export async function removeAnalysis(
  daemon: DaemonSupervisor,
  { id, mediaName }: AnalysisRecord,
): Promise<void> {
  const client = await daemon.client();
  const deletion = await client.call(previewDeletion, { id });
  const remove = vscode.l10n.t("Delete");
  const chosen = await vscode.window.showWarningMessage(
    vscode.l10n.t("Delete the results of {0} permanently?", mediaName),
    { modal: true, detail: describe(deletion) },
    remove,
  );
  if (chosen !== remove) return;
  const recording = deletion.clip === "recording_goes" ? "remove" : "keep";
  await client.call(deleteAnalysis, { id, recording });
}

function describe({ clip, study }: Deletion): string {
  const ofClip = {
    stays: vscode.l10n.t("The clip stays."),
    recording_stays: vscode.l10n.t("The recording stays: another analysis reads it, or its session goes on."),
    recording_goes: vscode.l10n.t("The recording goes too: no other analysis reads it."),
  }[clip];
  if (study === undefined) return ofClip;
  const { name, participant, selfReports } = study;
  const ofStudy =
    selfReports === 0
      ? vscode.l10n.t("{0} of the study {1} loses this analysis.", participant, name)
      : vscode.l10n.t(
          "{0} of the study {1} loses this analysis and its self-reports of moments: {2}.",
          participant,
          name,
          selfReports,
        );
  return `${ofClip} ${ofStudy}`;
}
