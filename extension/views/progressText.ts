import * as vscode from "vscode";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";

/** How much of a clip is read, per cent. */
export const percentDone = ({ timeMs, durationMs }: AnalysisProgress): number =>
  Math.round((timeMs / Math.max(durationMs, 1)) * 100);

/** The pace at which frames are read; undefined before the first, and for sound alone. */
export const paceText = (framesPerSecond: number): string | undefined =>
  framesPerSecond < 0.5 ? undefined : vscode.l10n.t("reads {0} frames/s", Math.round(framesPerSecond));

/** How far an analysis is: 12 %, reads 30 frames/s. */
export const progressText = (progress: AnalysisProgress): string =>
  [`${percentDone(progress)} %`, paceText(progress.framesPerSecond)]
    .filter((part) => part !== undefined)
    .join(", ");
