import { classificationScores, expectedCalibrationError } from "../../shared/stats/classification.ts";
import { clusterBootstrap, wilsonInterval } from "../../shared/stats/intervals.ts";
import { AppError } from "../../shared/errors.ts";
import { readClassSet, type LabelledFile } from "./classSet.ts";
import { readEach, type EvaluationContext, type UnreadableFile } from "./dataset.ts";
import { counted } from "../../shared/text/counted.ts";

/** Reads one file of the set: a probability for each label of the network, or undefined when no face was found. */
export type ClassReader = (file: string) => Promise<Readonly<Partial<Record<string, number>>> | undefined>;

export interface ClassTask {
  /** Labels that a set may have. */
  readonly known: readonly string[];
  /** Labels of the network. */
  readonly labels: readonly string[];
  readonly read: ClassReader;
}

/** What a network said of each file of a set. */
export interface ClassCases {
  readonly files: readonly LabelledFile[];
  /** Labels that both the set and the network have; the indices of the others. */
  readonly labels: readonly string[];
  readonly truth: readonly number[];
  /** The likeliest label; undefined where no face was found. */
  readonly said: readonly (number | undefined)[];
  /** Probability of each label, which sum to 1. */
  readonly rows: readonly (readonly number[] | undefined)[];
  readonly notes: readonly string[];
  readonly unreadable: readonly UnreadableFile[];
}

/** Has a network that names classes read a set of labelled files. @throws AppError `unknown_label`, those of the set */
export async function readClassCases(
  folder: string,
  task: ClassTask,
  context: EvaluationContext,
): Promise<ClassCases> {
  const files = await readClassSet(folder, task.known);
  const inSet = task.known.filter((label) => files.some((f) => f.label === label));
  const shared = inSet.filter((label) => task.labels.includes(label));
  if (shared.length === 0)
    throw new AppError(
      "unknown_label",
      `The network knows none of the set's labels: ${task.labels.join(", ")}. Choose another network or set.`,
    );
  const lacking = inSet.filter((label) => !shared.includes(label));
  const measured = files.filter((f) => shared.includes(f.label));
  const { read, unreadable } = await readEach(measured, (f) => task.read(f.file), context);

  const rows = read.map(({ value }) => value && sharesOf(shared, value));
  return {
    ...{ files: read.map(({ file }) => file), labels: shared, rows, unreadable },
    truth: read.map(({ file }) => shared.indexOf(file.label)),
    said: rows.map((row) => row?.indexOf(Math.max(...row))),
    notes: notesOn(task.labels, inSet, shared, lacking, files.length - measured.length),
  };
}

/** Measures a network that names classes on a set of labelled files. */
export async function evaluateClasses(folder: string, task: ClassTask, context: EvaluationContext) {
  return figuresOfCases(await readClassCases(folder, task, context));
}

/** The figures of a network on a set. */
export function figuresOfCases({ files, labels: shared, truth, said, rows, notes, unreadable }: ClassCases) {
  const scores = classificationScores(truth, said, shared.length);
  const judged = said.flatMap((s, i) =>
    s === undefined ? [] : [{ p: rows[i]![s]!, right: s === truth[i] }],
  );
  return {
    n: scores.n,
    missed: scores.n - judged.length,
    labels: shared,
    accuracy: scores.accuracy,
    ...accuracyInterval(
      files,
      said.map((s, i) => s === truth[i]),
    ),
    macroF1: scores.macroF1,
    uar: scores.uar,
    majorityBaseline: scores.majority,
    // Without a single answer there is no confidence to hold against the truth.
    ...(judged.length > 0
      ? {
          ece: expectedCalibrationError(
            judged.map((j) => j.p),
            judged.map((j) => j.right),
          ),
        }
      : {}),
    perClass: Object.fromEntries(shared.map((label, i) => [label, scores.perClass[i]!])),
    /** Row: truth, column: prediction, both in the order of `labels`; a missed face is in no column. */
    confusion: scores.confusion,
    notes,
    unreadable,
  };
}

/** The probabilities of these labels among them. */
function sharesOf(
  shared: readonly string[],
  probabilities: Readonly<Partial<Record<string, number>>>,
): number[] {
  const values = shared.map((label) => probabilities[label] ?? 0);
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => (sum > 0 ? Math.min(1, value / sum) : 1 / shared.length));
}

function accuracyInterval(files: readonly LabelledFile[], right: readonly boolean[]) {
  const subjects = files.map((f) => f.subject);
  if (subjects.every((s) => s !== undefined) && new Set(subjects).size > 1) {
    const accuracy = (indices: readonly number[]) => indices.filter((i) => right[i]).length / indices.length;
    return {
      accuracyInterval: clusterBootstrap(accuracy, subjects),
      intervalMethod: "95 %, bootstrap over subjects, 1000 draws, seed 0",
      subjects: new Set(subjects).size,
    };
  }
  return {
    accuracyInterval: wilsonInterval(right.filter(Boolean).length, right.length),
    intervalMethod: "95 %, Wilson; as if every file were independent",
  };
}

function notesOn(
  network: readonly string[],
  inSet: readonly string[],
  shared: readonly string[],
  lacking: readonly string[],
  leftOut: number,
): string[] {
  const notes: string[] = [];
  const unused = network.filter((label) => !inSet.includes(label));
  if (lacking.length > 0)
    notes.push(
      `The network has no ${lacking.join(", ")}: left out: ${counted(leftOut, "file")} with these labels.`,
    );
  if (unused.length > 0) notes.push(`The set has no ${unused.join(", ")}.`);
  if (notes.length > 0) notes.push(`Probabilities were renormalised over ${shared.join(", ")}.`);
  return notes;
}
