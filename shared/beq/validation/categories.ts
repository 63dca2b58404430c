import type { Cutoffs } from "../../protocol/studyFile.ts";
import { cohenKappa } from "../../stats/agreement.ts";
import { bcaInterval, type BootstrapInterval } from "../../stats/bootstrap.ts";
import { classificationScores } from "../../stats/classification.ts";
import { undefinedBecause, type Estimate } from "../../stats/estimate.ts";
import { wilsonInterval, type Interval } from "../../stats/intervals.ts";
import { permutationBaseline, type PermutationBaseline } from "../../stats/permutation.ts";
import { leaveOneOutMapping } from "../../stats/regression.ts";
import { highestAnswer, lowestAnswer } from "../items.ts";
import type { Person } from "../person.ts";
import { pairedValues, pairs, type Options, type Pair } from "./sample.ts";

export const categoryNames = ["low", "mid", "high"] as const;

export interface CategoryAgreement extends Pair {
  readonly n: number;
  readonly cutoffs: readonly [number, number];
  readonly result: Estimate<CategoryScores>;
}

export interface CategoryScores {
  /** Row: questionnaire, column: model; low, mid, high. */
  readonly confusion: readonly (readonly number[])[];
  readonly accuracy: number;
  readonly accuracyInterval: Interval;
  /** Mean recall of the categories that occur in the questionnaire. */
  readonly balancedAccuracy: number;
  /** Quadratic weights; undefined where chance alone would agree always. */
  readonly kappa: number | undefined;
  readonly kappaInterval: Estimate<BootstrapInterval>;
  /** Accuracy of always saying the most frequent category. */
  readonly majority: number;
  /** The whole way, mapping included, with the scores dealt out anew. */
  readonly permutedAccuracy: PermutationBaseline | undefined;
  readonly permutedKappa: PermutationBaseline | undefined;
}

/** Below the first cut-off is low, from the second on high. */
export const categoryOf = (value: number, [mid, high]: readonly [number, number]): 0 | 1 | 2 =>
  value < mid ? 0 : value < high ? 1 : 2;

/** Agreement in low, mid and high, by cut-offs that were fixed before. */
export function categoryAgreement(
  people: readonly Person[],
  cutoffs: Cutoffs,
  options: Options,
): CategoryAgreement[] {
  return pairs.map((pair) => {
    const { x, y } = pairedValues(people, pair, options);
    const cuts = cutoffs[pair.facet];
    return { ...pair, n: x.length, cutoffs: cuts, result: scores(x, y, cuts, options) };
  });
}

function scores(
  x: readonly number[],
  y: readonly number[],
  cuts: readonly [number, number],
  options: Options,
): Estimate<CategoryScores> {
  const seen = mappedCategories(x, y, cuts);
  if (seen === undefined)
    return undefinedBecause("The index does not vary, or there are fewer than three participants.");
  const truth = y.map((value) => categoryOf(value, cuts));
  const classes = categoryNames.length;
  const { accuracy, uar, majority, confusion } = classificationScores(truth, seen, classes);
  const kappa = cohenKappa(truth, seen, classes, "quadratic");
  const permuted = (statistic: (truth: readonly number[], seen: readonly number[]) => number | undefined) =>
    permutationBaseline(
      (index, facet) => {
        const said = mappedCategories(index, facet, cuts);
        return (
          said &&
          statistic(
            facet.map((value) => categoryOf(value, cuts)),
            said,
          )
        );
      },
      x,
      y,
      options,
    );
  return {
    ...{ defined: true, confusion, accuracy, majority, kappa },
    accuracyInterval: wilsonInterval(Math.round(accuracy * truth.length), truth.length),
    balancedAccuracy: uar,
    kappaInterval: bcaInterval(
      (at) =>
        cohenKappa(
          at.map((i) => truth[i]!),
          at.map((i) => seen[i]!),
          classes,
          "quadratic",
        ),
      truth.length,
      options,
    ),
    permutedAccuracy: permuted((a, b) => a.filter((category, i) => category === b[i]).length / a.length),
    permutedKappa: permuted((a, b) => cohenKappa(a, b, classes, "quadratic")),
  };
}

function mappedCategories(x: readonly number[], y: readonly number[], cuts: readonly [number, number]) {
  const mapping = leaveOneOutMapping(x, y, lowestAnswer, highestAnswer);
  return mapping.defined ? mapping.mapped.map((value) => categoryOf(value, cuts)) : undefined;
}
