import { AppError } from "../../shared/errors.ts";
import { classificationScores } from "../../shared/stats/classification.ts";
import { clusterBootstrap, type Interval } from "../../shared/stats/intervals.ts";
import { mcnemar, type McNemar } from "../../shared/stats/mcnemar.ts";
import type { ClassCases } from "./classes.ts";

export interface Comparison {
  /** Files that both read. */
  readonly n: number;
  /** The first network's less the other's, with 95 % intervals of a paired bootstrap. */
  readonly difference: Readonly<
    Record<"accuracy" | "macroF1" | "uar", { readonly value: number; readonly interval?: Interval }>
  >;
  readonly intervalMethod: string;
  readonly other: Readonly<Record<"accuracy" | "macroF1" | "uar", number>>;
  readonly mcnemar: McNemar;
}

const draws = 1000;

/**
 * Two networks on the files that both read, over the labels that both know.
 * @throws AppError `not_enough_data` when there are none
 */
export function compareCases(first: ClassCases, second: ClassCases): Comparison {
  if (first.labels.join() !== second.labels.join())
    throw new AppError(
      "invalid_request",
      `The networks know different labels of the set (${first.labels.join(", ")}; ${second.labels.join(", ")}). Take a set with labels that both know.`,
    );
  const other = new Map(second.files.map(({ path }, i) => [path, second.said[i]]));
  const both = first.files.flatMap(({ path }, i) => (other.has(path) ? [i] : []));
  if (both.length === 0)
    throw new AppError("not_enough_data", "There is no file that both networks read. Check the set.");
  const truth = both.map((i) => first.truth[i]!);
  const answers = [both.map((i) => first.said[i]), both.map((i) => other.get(first.files[i]!.path))] as const;
  const clusters = both.map((i) => first.files[i]!.subject ?? first.files[i]!.path);
  const all = both.map((_, k) => k);
  const scores = (of: 0 | 1, indices: readonly number[]) =>
    classificationScores(
      indices.map((k) => truth[k]!),
      indices.map((k) => answers[of][k]),
      first.labels.length,
    );
  const figure = (name: "accuracy" | "macroF1" | "uar") => {
    const less = (indices: readonly number[]) => scores(0, indices)[name] - scores(1, indices)[name];
    const enough = new Set(clusters).size > 1;
    return { value: less(all), ...(enough && { interval: clusterBootstrap(less, clusters, { draws }) }) };
  };
  const { accuracy, macroF1, uar } = scores(1, all);
  const persons = first.files.every(({ subject }) => subject !== undefined);
  return {
    n: both.length,
    difference: { accuracy: figure("accuracy"), macroF1: figure("macroF1"), uar: figure("uar") },
    intervalMethod: `95 %, paired bootstrap over ${persons ? "persons" : "files"}, ${draws} draws, seed 0`,
    other: { accuracy, macroF1, uar },
    mcnemar: mcnemar(
      all.map((k) => answers[0][k] === truth[k]),
      all.map((k) => answers[1][k] === truth[k]),
    ),
  };
}
