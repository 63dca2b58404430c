import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../../store/files.ts";
import { csvCell } from "../../../shared/csv.ts";
import { AppError } from "../../../shared/errors.ts";
import { formatLabels } from "../../../shared/labels/document.ts";
import type { DatasetPart, MadeDataset } from "../../../shared/protocol/datasets.ts";
import { testSubjects } from "../../../shared/labels/dataset/splitByPerson.ts";
import { version } from "../../version.ts";
import { openAllLabels } from "../labelFiles.ts";
import { cutPictures, type PictureOptions } from "./pictures.ts";
import { planDataset, type DatasetPlan, type DatasetRequest } from "./plan.ts";
import type { Missed, Sample } from "./sample.ts";
import { cutSounds } from "./sounds.ts";
import { trainingFileOf } from "./trainingFile.ts";

export interface MakeDatasetOptions extends PictureOptions {
  /** Share of the samples in the test part, in whole persons. */
  readonly test: number;
  readonly seed: number;
  /** Replaces a set that EDIN made before. */
  readonly force?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

type Part = "train" | "test";

/**
 * Writes what labels say as a set that `edin evaluate` and training read: `train/` and `test/` with files and a labels.csv
 * (`path,label,subject` and where each is from), one over both, and `dataset.json` that says what it was made of. All or
 * nothing.
 *
 * @throws AppError as {@link planDataset}; `conflict` where the folder holds something else, those of the clips
 */
export async function makeDataset(
  request: DatasetRequest,
  out: string,
  options: MakeDatasetOptions,
): Promise<MadeDataset> {
  await refuseOthers(out, options.force === true);
  const plan = await planDataset(await openAllLabels([request.folder]), request);
  const target = path.resolve(out);
  const part = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}.part`);
  await makeFolder(part, 0o777);
  try {
    const made = await fill(plan, part, { ...request, ...options });
    await rm(target, { recursive: true, force: true });
    await rename(part, target);
    const training = await writeTrainingFile(target, made);
    return { ...made, folder: out, ...(training !== undefined && { training }) };
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

/** Beside the set; one that is there already is the user's. */
async function writeTrainingFile(
  folder: string,
  { kind, tier, parts }: Omit<MadeDataset, "folder">,
): Promise<string | undefined> {
  const text = trainingFileOf({ kind, tier, labels: Object.keys(parts.train.labels) }, path.basename(folder));
  if (text === undefined) return undefined;
  const file = `${folder}.training.yaml`;
  await writeFile(file, text, { flag: "wx" }).catch((error: unknown) => {
    if (!isThereAlready(error)) throw error;
  });
  return file;
}

const isThereAlready = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "EEXIST";

async function refuseOthers(out: string, force: boolean): Promise<void> {
  const there = await readdir(out).catch((): string[] => []);
  if (there.length === 0) return;
  if (!there.includes("dataset.json"))
    throw new AppError("conflict", `${out} holds other files. Give an empty or a new folder.`);
  if (!force) throw new AppError("conflict", `${out} holds a set already. --force replaces it.`);
}

async function fill(
  plan: DatasetPlan,
  folder: string,
  options: MakeDatasetOptions & DatasetRequest,
): Promise<Omit<MadeDataset, "folder">> {
  const all = path.join(folder, "all");
  await mkdir(all);
  const samples: Sample[] = [];
  const missed: Missed[] = [];
  for (const [i, lane] of plan.lanes.entries()) {
    options.signal?.throwIfAborted();
    const made =
      plan.kind === "pictures"
        ? await cutPictures(lane, i + 1, all, options)
        : await cutSounds(lane, i + 1, all, options);
    samples.push(...made.samples);
    missed.push(...made.missed);
    options.onProgress?.(i + 1, plan.lanes.length);
  }
  if (samples.length === 0)
    throw new AppError(
      "not_enough_data",
      `No ${plan.kind} could be cut; the first: ${missed[0]?.clip ?? ""}: ${missed[0]?.reason ?? ""}. Check the clips.`,
    );
  const chosen = testSubjects(samples, options.test, options.seed);
  const partOf = ({ subject }: Sample): Part => (chosen.has(subject) ? "test" : "train");
  const notes = [...plan.notes];
  if (chosen.size === 0 && options.test > 0)
    notes.push(
      "There is one person: all is for training, and nothing can be measured. Label clips of others.",
    );
  for (const name of ["train", "test"] as const) {
    const own = samples.filter((sample) => partOf(sample) === name);
    if (own.length === 0) continue;
    await mkdir(path.join(folder, name));
    for (const sample of own) await rename(path.join(all, sample.name), path.join(folder, name, sample.name));
    await writeFile(
      path.join(folder, name, "labels.csv"),
      table(own, (sample) => [sample.name, name]),
    );
  }
  await rm(all, { recursive: true, force: true });
  await writeFile(
    path.join(folder, "labels.csv"),
    table(samples, (sample) => [`${partOf(sample)}/${sample.name}`, partOf(sample)]),
  );
  const made: Omit<MadeDataset, "folder"> = {
    ...{ tier: plan.tier, kind: plan.kind, samples: samples.length },
    subjects: new Set(samples.map(({ subject }) => subject)).size,
    parts: {
      train: figures(samples.filter((sample) => partOf(sample) === "train")),
      test: figures(samples.filter((sample) => partOf(sample) === "test")),
    },
    ...{ missed, notes },
  };
  await writeFile(
    path.join(folder, "dataset.json"),
    `${JSON.stringify(manifest(plan, made, options), null, 2)}\n`,
  );
  return made;
}

const columns = ["path", "label", "subject", "split", "clip", "face", "startMs", "endMs", "agreement"];

function table(
  samples: readonly Sample[],
  place: (sample: Sample) => readonly [file: string, part: Part],
): string {
  const rows = samples.map((sample) => {
    const { label, subject, clip, face, startMs, endMs, agreement } = sample;
    return [
      ...[...place(sample).slice(0, 1), label, subject, place(sample)[1], clip],
      face,
      startMs,
      endMs,
      agreement,
    ];
  });
  return [columns, ...rows].map((row) => `${row.map(csvCell).join(",")}\n`).join("");
}

function figures(samples: readonly Sample[]): DatasetPart {
  const labels: Record<string, number> = {};
  for (const { label } of samples) labels[label] = (labels[label] ?? 0) + 1;
  return {
    samples: samples.length,
    subjects: [...new Set(samples.map(({ subject }) => subject))].sort(),
    labels: Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function manifest(
  plan: DatasetPlan,
  made: Omit<MadeDataset, "folder">,
  { test, seed, everyMs, max }: MakeDatasetOptions,
): object {
  return {
    ...{ schemaVersion: 1, edin: version, madeAt: new Date().toISOString() },
    options: { test, seed, ...(plan.kind === "pictures" && { everyMs, max }) },
    ...made,
    labels: plan.used.map(({ name, document }) => ({
      ...{ file: name, annotator: document.head.annotator, gold: document.head.gold === true },
      clip: document.head.media.file,
      clipSha256: document.head.media.sha256,
      sha256: createHash("sha256").update(formatLabels(document)).digest("hex"),
    })),
  };
}
