import { bcaInterval, type BootstrapInterval } from "../../stats/bootstrap.ts";
import { correlationOf } from "../../stats/correlation.ts";
import {
  steigerOverlapping,
  steigerSeparate,
  type DependentTest,
} from "../../stats/dependentCorrelations.ts";
import { undefinedBecause, type Estimate } from "../../stats/estimate.ts";
import { holmAdjusted } from "../../stats/multipleTests.ts";
import type { Person } from "../person.ts";
import { completePeople, pairs, type Options } from "./sample.ts";
import { counted } from "../../text/counted.ts";

/** A cell by its number: row is the index, column the facet, both in the order of {@link pairs}. */
export type Cell = readonly [row: number, column: number];

export interface Comparison {
  readonly diagonal: Cell;
  readonly other: Cell;
  readonly test: Estimate<DependentTest>;
  /** Holm's over all comparisons. */
  readonly pHolm?: number;
}

export interface Multitrait {
  readonly n: number;
  /** Pearson's r of each index with each facet. */
  readonly matrix: readonly (readonly number[])[];
  /** Each of the diagonal against each off the diagonal. */
  readonly comparisons: readonly Comparison[];
  /** Mean Fisher z of the diagonal less that of the rest. */
  readonly difference: number;
  readonly differenceInterval: Estimate<BootstrapInterval>;
}

const size = pairs.length;
const cells: readonly Cell[] = Array.from({ length: size * size }, (_, k) => [
  Math.floor(k / size),
  k % size,
]);

/**
 * The 3 x 3 matrix of indices and facets (Campbell and Fiske 1959) over those who have all six, and Steiger's (1980) test
 * of each validity against each correlation off the diagonal.
 */
export function multitrait(people: readonly Person[], options: Options): Estimate<Multitrait> {
  const complete = completePeople(people, options);
  const n = complete.length;
  // The three indices, then the three facets.
  const variables = [
    ...pairs.map(({ index }) => complete.map(({ indices }) => indices[index])),
    ...pairs.map(({ facet }) => complete.map(({ score }) => score![facet]!)),
  ];
  if (n < 3) return undefinedBecause(`With all six: ${counted(n, "participant")}; a matrix needs three.`);
  const all = correlationMatrix(variables);
  if (all === undefined)
    return undefinedBecause(`An index or a facet does not vary over the ${n} participants who have all six.`);
  const tests = cells
    .filter(([row, column]) => row === column)
    .flatMap((diagonal) =>
      cells
        .filter(([row, column]) => row !== column)
        .map((other) => ({ diagonal, other, test: compare(all, diagonal, other, n) })),
    );
  const adjusted = holmAdjusted(tests.flatMap(({ test }) => (test.defined ? test.p : [])));
  let next = 0;
  const difference = meanDifference(all);
  return {
    defined: true,
    n,
    matrix: pairs.map((_, row) => pairs.map((_facet, column) => all[row]![size + column]!)),
    comparisons: tests.map((one) => (one.test.defined ? { ...one, pHolm: adjusted[next++]! } : one)),
    difference,
    differenceInterval: bcaInterval(
      (at) => {
        const drawn = correlationMatrix(variables.map((values) => at.map((i) => values[i]!)));
        return drawn && meanDifference(drawn);
      },
      n,
      options,
    ),
  };
}

function compare(
  all: readonly (readonly number[])[],
  [i, i2]: Cell,
  [row, column]: Cell,
  n: number,
): Estimate<DependentTest> {
  const r = (a: number, b: number) => all[a]![b]!;
  const [j, k, h, m] = [i, size + i2, row, size + column] as const;
  if (h === j) return steigerOverlapping(r(j, k), r(j, m), r(k, m), n);
  if (m === k) return steigerOverlapping(r(j, k), r(h, k), r(j, h), n);
  return steigerSeparate({ jk: r(j, k), hm: r(h, m), jh: r(j, h), jm: r(j, m), kh: r(k, h), km: r(k, m) }, n);
}

/** undefined when a variable does not vary. */
function correlationMatrix(variables: readonly (readonly number[])[]): number[][] | undefined {
  const all = variables.map(() => new Array<number>(variables.length).fill(1));
  for (let a = 0; a < variables.length; a++)
    for (let b = 0; b < a; b++) {
      const r = correlationOf("pearson", variables[a]!, variables[b]!);
      if (r === undefined) return undefined;
      all[a]![b] = r;
      all[b]![a] = r;
    }
  return all;
}

function meanDifference(all: readonly (readonly number[])[]): number {
  const mean = (chosen: readonly Cell[]) =>
    chosen.reduce((sum, [row, column]) => sum + fisher(all[row]![size + column]!), 0) / chosen.length;
  return mean(cells.filter(([a, b]) => a === b)) - mean(cells.filter(([a, b]) => a !== b));
}

/** Held short of the ends, where the transform is infinite. */
const fisher = (r: number) => Math.atanh(Math.max(-0.999999, Math.min(0.999999, r)));
