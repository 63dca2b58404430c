import { createHash } from "node:crypto";
import { AppError } from "../../shared/errors.ts";
import type { Calibration } from "../../shared/protocol/models.ts";
import { findEntry, readManifest } from "../inference/manifest.ts";
import { changeUserModels, type UserFolders } from "../networks/userLibrary.ts";
import { calibrated, fitCalibration, type FittedCalibration } from "../../shared/stats/calibration.ts";
import { expectedCalibrationError } from "../../shared/stats/classification.ts";
import type { ClassCases } from "./classes.ts";
import { readCases, type EvaluateOptions } from "./evaluate.ts";
import { counted } from "../../shared/text/counted.ts";

const folds = 5;
/** Fewer do not tell how sure a network should be. */
const minCases = 30;

/**
 * Fits how sure a network is to a labelled set of the user's, and keeps that beside the user's networks: whatever reads with the
 * network from then on is calibrated, and its results say so.
 *
 * @param dataset folder of the set
 * @param options models: opened `uncalibrated`
 * @throws AppError `model_unknown`, `invalid_request` for a network that names no labels, those of the set, `not_enough_data`
 */
export async function calibrate(
  folders: UserFolders,
  idOrTask: string,
  dataset: string,
  { withBias, ...options }: EvaluateOptions & { readonly withBias: boolean },
) {
  const model = await options.models.load(idOrTask);
  const { id, task } = model.entry;
  // As the manifest has it: on another device the same network may be another file.
  const { sha256 } = findEntry(options.models.manifest, id);
  const cases = await readCases(dataset, model, options);
  const { calibration, notes } = calibrateOn(cases, { sha256, withBias });
  await changeUserModels(folders, (manifest) => ({
    ...manifest,
    calibrations: { ...manifest.calibrations, [id]: calibration },
  }));
  return { model: id, task, calibration, notes: [...cases.notes, ...notes] };
}

/** Takes the calibration of a network away. @returns its id @throws AppError `model_unknown` */
export async function resetCalibration(folders: UserFolders, idOrTask: string): Promise<string> {
  const { id } = findEntry(await readManifest(folders), idOrTask);
  await changeUserModels(folders, ({ calibrations = {}, ...manifest }) => ({
    ...manifest,
    calibrations: Object.fromEntries(Object.entries(calibrations).filter(([name]) => name !== id)),
  }));
  return id;
}

/**
 * Fits how sure a network should be to what it said of a set. Its own confidence is judged by fits to four fifths of the
 * persons on the last.
 * @throws AppError `not_enough_data`
 */
export function calibrateOn(
  cases: ClassCases,
  { sha256, withBias }: { readonly sha256: string; readonly withBias: boolean },
): { calibration: Calibration; notes: string[] } {
  const answered = cases.rows.flatMap((row, i) => (row === undefined ? [] : [i]));
  const rows = answered.map((i) => cases.rows[i]!);
  const truth = answered.map((i) => cases.truth[i]!);
  const groups = answered.map((i) => cases.files[i]!.subject ?? cases.files[i]!.path);
  const names = [...new Set(groups)];
  if (rows.length < minCases || names.length < folds)
    throw new AppError(
      "not_enough_data",
      `A calibration needs at least ${minCases} files of ${folds} persons; the set has ${rows.length} of ${names.length}. Add files.`,
    );
  const fit = (indices: readonly number[]): FittedCalibration =>
    fitCalibration(
      indices.map((i) => rows[i]!),
      indices.map((i) => truth[i]!),
      { withBias },
    );
  const all = rows.map((_, i) => i);
  const { temperature, bias } = fit(all);
  const foldOf = new Map(names.map((name, k) => [name, k % folds]));
  const after = new Array<number[]>(rows.length);
  for (let fold = 0; fold < folds; fold++) {
    const fitted = fit(all.filter((i) => foldOf.get(groups[i]!) !== fold));
    for (const i of all) if (foldOf.get(groups[i]!) === fold) after[i] = calibrated(rows[i]!, fitted);
  }
  const persons = answered.every((i) => cases.files[i]!.subject !== undefined);
  return {
    calibration: {
      ...{ sha256, temperature, n: rows.length, dataSha256: dataHash(cases) },
      ...(bias && { bias: Object.fromEntries(cases.labels.map((label, k) => [label, bias[k]!])) }),
      ...(persons && { subjects: names.length }),
      ece: { before: eceOf(rows, truth), after: eceOf(after, truth) },
      at: new Date().toISOString(),
    },
    notes: [
      ...(persons ? [] : ["The set names no persons: each file was taken for one of its own."]),
      ...(cases.rows.length > rows.length
        ? [`Left out: ${counted(cases.rows.length - rows.length, "file")} without a face.`]
        : []),
    ],
  };
}

function eceOf(rows: readonly (readonly number[])[], truth: readonly number[]): number {
  return expectedCalibrationError(
    rows.map((row) => Math.max(...row)),
    rows.map((row, i) => row.indexOf(Math.max(...row)) === truth[i]),
  );
}

/** Which files it was, by path and label. */
function dataHash({ files }: ClassCases): string {
  return createHash("sha256")
    .update(JSON.stringify(files.map(({ path, label, subject }) => [path, label, subject ?? null])))
    .digest("hex");
}
