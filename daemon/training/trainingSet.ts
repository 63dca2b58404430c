import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { expressionLabels, eyeStateLabels, speechLabels } from "../../shared/emotion/labels.ts";
import { AppError } from "../../shared/errors.ts";
import type { Training, TrainingTask } from "../../shared/protocol/training.ts";
import { readClassSet, type LabelledFile } from "../evaluation/classSet.ts";
import { isThere } from "../missing.ts";
import { splitByGroup, type Parts } from "./split.ts";

/** Labels of the networks that analyses use, in their order; sets for oneself may have any. */
const knownLabels: Readonly<Record<TrainingTask, readonly string[] | undefined>> = {
  expression: expressionLabels,
  "eye-state": eyeStateLabels,
  speech: speechLabels,
  pictures: undefined,
  sounds: undefined,
};

export interface LabelledSet {
  readonly files: readonly LabelledFile[];
  /** Of the network that will be made, in its order. */
  readonly labels: readonly string[];
  readonly sha256: string;
  /** Files name their persons. */
  readonly hasSubjects: boolean;
}

/**
 * The labelled files of a training, after the faults that no training survives.
 *
 * @param folder of the training file
 * @throws AppError `not_found`, `not_enough_data` (one label, one person, a label without files), `unknown_label`, those of
 *   the table
 */
export async function readTrainingSet(
  { task, data }: Pick<Training, "task" | "data">,
  folder: string,
  signal: AbortSignal,
): Promise<LabelledSet> {
  const setFolder = path.resolve(folder, data.path);
  if (!(await isThere(setFolder)))
    throw new AppError("not_found", `There is no folder ${setFolder}. Fix data.path in the training file.`);
  await refuseEmptyLabels(setFolder);
  const known = knownLabels[task];
  const files = await readClassSet(setFolder, known, { subjects: data.subjects });
  const labels = (known ?? [...new Set(files.map(({ label }) => label))].sort()).filter((label) =>
    files.some((file) => file.label === label),
  );
  if (labels.length < 2)
    throw new AppError(
      "not_enough_data",
      `The set has only the label ${labels.join("")}. A network learns to tell labels apart: add files of another one.`,
    );
  const hasSubjects = files.every(({ subject }) => subject !== undefined);
  if (data.subjects !== undefined && !hasSubjects)
    throw new AppError(
      "not_enough_data",
      `Some rows of labels.csv have nothing in the column ${data.subjects}. Fill it in, or leave data.subjects out.`,
    );
  const persons = new Set(files.map(({ subject }) => subject)).size;
  const parts = data.test === undefined ? 2 : 3;
  if (hasSubjects && persons < parts)
    throw new AppError(
      "not_enough_data",
      `The set has ${persons === 1 ? "one person" : `${persons} persons`} for ${parts} parts. Nobody may be in two: add persons, or take a set without the column.`,
    );
  return { files, labels, hasSubjects, sha256: await hashOf(files, signal) };
}

/** A sub-folder without files is a label that was forgotten or mistyped. */
async function refuseEmptyLabels(folder: string): Promise<void> {
  if (await isThere(path.join(folder, "labels.csv"))) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith(".") || entry.name === "__MACOSX") continue;
    const inside = await readdir(path.join(folder, entry.name), { recursive: true, withFileTypes: true });
    if (!inside.some((file) => file.isFile() && !file.name.startsWith(".")))
      throw new AppError(
        "not_enough_data",
        `The folder of the label ${entry.name} is empty. Put files into it, or remove it.`,
      );
  }
}

/** What was trained on: paths, labels, persons, and every byte. Files that cannot be read count by their names. */
async function hashOf(files: readonly LabelledFile[], signal: AbortSignal): Promise<string> {
  const all = createHash("sha256");
  for (const { path: name, label, subject, file } of files) {
    const one = createHash("sha256");
    await pipeline(createReadStream(file), one, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
    all.update(JSON.stringify([name, label, subject ?? null, digest(one)]));
  }
  return all.digest("hex");
}

/** Of a stream that has ended; of one that failed, nothing. */
function digest(hash: ReturnType<typeof createHash>): string {
  const value: unknown = hash.read();
  return Buffer.isBuffer(value) ? value.toString("hex") : "";
}

/**
 * Divides samples into parts, persons (or near-duplicates) apart.
 *
 * @param groups of each sample
 * @throws AppError `not_enough_data` when a label is in no training part
 */
export function divide(
  groups: readonly string[],
  truth: readonly number[],
  labels: readonly string[],
  { validation, test = 0, seed }: Training["data"],
): { parts: Parts; notes: string[] } {
  const shares = { train: 1 - validation - test, validation, test };
  const parts = splitByGroup(groups, truth, shares, seed);
  const has = (part: Int32Array, c: number) => part.some((i) => truth[i] === c);
  const notes: string[] = [];
  for (const [c, label] of labels.entries()) {
    if (!has(parts.train, c))
      throw new AppError(
        "not_enough_data",
        `There is too little of ${label}: none of it is left to learn from. Add files of it, of more persons.`,
      );
    if (!has(parts.validation, c)) notes.push(`The validation part has no ${label}: it is judged without.`);
  }
  if (parts.validation.length === 0 || (test > 0 && parts.test.length === 0))
    throw new AppError("not_enough_data", "The set is too small to hold a part back. Add files.");
  return { parts, notes };
}
