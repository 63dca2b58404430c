import { readdir } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { formatLabels } from "../../shared/labels/document.ts";
import { newGold } from "../../shared/labels/gold.ts";
import { isLabelsFile, labelsName } from "../../shared/labels/newFile.ts";
import { openLabels, type OpenedLabels } from "./labelFiles.ts";

/** Files of other annotators beside a labels file, of the same clip; nothing while it is labelled blind. */
export async function colleaguesOf(file: string): Promise<OpenedLabels[]> {
  const own = await openLabels(file);
  const { blind, done, gold } = own.document.head;
  const isBlind = (blind === true || own.scheme?.blind === true) && gold !== true;
  return isBlind && done === undefined ? [] : (await sameClip(own)).filter((one) => one.file !== file);
}

/**
 * The gold file of the clip of a labels file, before anything is settled.
 * @throws AppError `not_enough_data` where one annotator alone labelled the clip, `invalid_scheme`
 */
export async function goldOf(file: string, by: string): Promise<{ file: string; text: string }> {
  const own = await openLabels(file);
  const all = await sameClip(own);
  const [first, second] = all;
  if (first === undefined || second === undefined)
    throw new AppError(
      "not_enough_data",
      "One annotator alone labelled this clip: there is nothing to settle. Let another one label it first.",
    );
  if (own.scheme === undefined)
    throw new AppError("invalid_scheme", own.schemeProblem ?? "The scheme cannot be read.");
  const colleagues = all.map(({ document }) => ({ annotator: document.head.annotator, document }));
  const name = labelsName(path.basename(own.document.head.media.file), "gold");
  return {
    file: path.join(path.dirname(file), name),
    text: formatLabels(newGold(colleagues, own.scheme, by, new Date().toISOString())),
  };
}

/** Labels of the same clip in the same folder, gold left out, by annotator. */
async function sameClip(own: OpenedLabels): Promise<OpenedLabels[]> {
  const folder = path.dirname(own.file);
  const found: OpenedLabels[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (!isLabelsFile(name)) continue;
    const one = await openLabels(path.join(folder, name)).catch((error: unknown) => {
      // What is wrong in that file is told in that file.
      if (error instanceof AppError) return undefined;
      throw error;
    });
    if (one !== undefined && one.clipPath === own.clipPath && one.document.head.gold !== true)
      found.push(one);
  }
  return found;
}
