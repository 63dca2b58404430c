import { readdir } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { lastMs, tiersOf } from "../../shared/labels/agreement/clips.ts";
import { grouped } from "../../shared/labels/edits.ts";
import {
  evaluateModel,
  type EvaluatedClip,
  type EvaluationOptions,
} from "../../shared/labels/evaluation/evaluateModel.ts";
import type { LabelsEvaluation } from "../../shared/labels/evaluation/figures.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import { readAnalysis } from "../results/readResult.ts";
import { openAllLabels, type OpenedLabels } from "./labelFiles.ts";
import { readModelClip } from "./modelClip.ts";
import { isThere } from "../missing.ts";
import { counted } from "../../shared/text/counted.ts";

/** Labels that are the truth, with the analysis of the same clip. */
export interface EvaluatedFile {
  readonly gold: OpenedLabels;
  readonly analysis: Analysis;
}

export interface EvaluatedLabels {
  readonly evaluation: LabelsEvaluation;
  readonly files: readonly EvaluatedFile[];
}

/**
 * Holds analyses against labels: one labels file and one folder of results, or folders of them, where the hash of the clip
 * says what belongs together (the name of the clip, where a labels file has no hash).
 *
 * @throws AppError `not_found`, `conflict` where two annotators labelled a clip and neither file is gold,
 *   `not_enough_data` where nothing belongs together, and those of the files
 */
export async function evaluateLabels(
  goldPath: string,
  analysisPath: string,
  options: EvaluationOptions,
): Promise<EvaluatedLabels> {
  const notes: string[] = [];
  const golds = truthOf(await openAllLabels([goldPath]), notes);
  const analyses = new Map<string, { analysis: Analysis; folder: string }>();
  const byName = new Map<string, string>();
  for (const folder of await resultFolders(analysisPath)) {
    const analysis = await readAnalysis(folder);
    const there = analyses.get(analysis.media.sha256);
    if (there !== undefined)
      throw new AppError(
        "conflict",
        `${there.folder} and ${folder} are of the same clip. Name the folder of one analysis of each clip.`,
      );
    analyses.set(analysis.media.sha256, { analysis, folder });
    byName.set(analysis.media.name, analysis.media.sha256);
  }
  const clips: EvaluatedClip[] = [];
  const files: EvaluatedFile[] = [];
  const without: string[] = [];
  for (const gold of golds) {
    const { media } = gold.document.head;
    const found = analyses.get(media.sha256 ?? byName.get(path.basename(media.file)) ?? "");
    if (found === undefined) {
      without.push(gold.name);
      continue;
    }
    const { analysis, model } = await readModelClip(found.folder);
    files.push({ gold, analysis });
    clips.push({
      clip: path.basename(media.file),
      durationMs: Math.max(media.durationMs, analysis.media.durationMs, lastMs(gold.document)),
      gold: gold.document,
      tiers: tiersOf([gold], notes),
      model,
    });
  }
  if (clips.length === 0)
    throw new AppError(
      "not_enough_data",
      `${without.join(", ")}: ${analysisPath} holds no analysis of this very clip (another content, by its hash). Analyse the clip that was labelled.`,
    );
  if (without.length > 0) notes.push(`Without an analysis, left out: ${without.join(", ")}.`);
  const evaluation = evaluateModel(clips, options);
  return { evaluation: { ...evaluation, notes: [...notes, ...evaluation.notes] }, files };
}

/** Of each clip its gold file; else the file of its only annotator. */
function truthOf(files: readonly OpenedLabels[], notes: string[]): OpenedLabels[] {
  const clips = grouped(files, ({ document, clipPath }) => document.head.media.sha256 ?? clipPath);
  let single = 0;
  const truths = [...clips.values()].map((all) => {
    const gold = all.filter(({ document }) => document.head.gold === true);
    const [only, second] = gold.length > 0 ? gold : all;
    if (second !== undefined)
      throw new AppError(
        "conflict",
        `${only!.name} and ${second.name} are of one clip${gold.length > 0 ? " and both gold" : ", and neither is gold"}. Settle them in a gold file, or name one file.`,
      );
    if (gold.length === 0) single++;
    return only!;
  });
  if (single > 0)
    notes.push(
      `Of ${counted(truths.length, "clip")} ${single} without a gold file: one annotator's labels are taken as the truth.`,
    );
  return truths;
}

async function resultFolders(at: string): Promise<string[]> {
  if (await isThere(path.join(at, "analysis.json"))) return [at];
  const entries = await readdir(at, { withFileTypes: true }).catch((cause: unknown) => {
    throw new AppError("not_found", `${at} is no folder. Name what edin analyze --out has written.`, {
      cause,
    });
  });
  const folders: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    if (entry.isDirectory() && (await isThere(path.join(at, entry.name, "analysis.json"))))
      folders.push(path.join(at, entry.name));
  if (folders.length === 0)
    throw new AppError("not_found", `${at} holds no analysis. Name what edin analyze --out has written.`);
  return folders;
}
