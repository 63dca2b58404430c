import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { agree } from "../../shared/labels/agreement/agree.ts";
import { labelledSet } from "../../shared/labels/agreement/clips.ts";
import { findDisagreements } from "../../shared/labels/agreement/disagreements.ts";
import { defaultOptions } from "../../shared/labels/agreement/options.ts";
import type { AgreementAnswer } from "../../shared/protocol/labelRoutes.ts";
import { agreementManifest, agreementReport } from "./agreementReport.ts";
import { openAllLabels } from "./labelFiles.ts";

/** Figures, disagreements and report of a folder, for who looks at them. @throws AppError as {@link agree} */
export async function agreementOf(
  folder: string,
  { tier, resamples }: { readonly tier?: string | undefined; readonly resamples: number },
): Promise<AgreementAnswer> {
  const files = await openAllLabels([folder]);
  const agreement = agree(files, { resamples }, tier);
  if (tier !== undefined && agreement.tiers.length === 0)
    throw new AppError("not_found", `No scheme or annotation has the tier ${tier}. Check its id.`);
  const set = labelledSet(files);
  const tiers = tier === undefined ? set.tiers : set.tiers.filter(({ id }) => id === tier);
  const { markdown, html, json } = agreementReport(agreement, agreementManifest(files));
  return {
    agreement,
    ...findDisagreements({ ...set, tiers }, defaultOptions.toleranceMs),
    files: files.map(({ file, document }) => ({
      path: file,
      annotator: document.head.annotator,
      clip: path.basename(document.head.media.file),
    })),
    report: { markdown, html, json },
  };
}
