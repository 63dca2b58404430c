import { bcaInterval, type BootstrapInterval } from "../../stats/bootstrap.ts";
import {
  correlation,
  correlationOf,
  partialCorrelation,
  partialOf,
  type Correlation,
  type CorrelationMethod,
} from "../../stats/correlation.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { holmAdjusted } from "../../stats/multipleTests.ts";
import type { Person } from "../person.ts";
import {
  completePeople,
  pairedValues,
  pairs,
  totalIndices,
  type Options,
  type Pair,
  type SeenPerson,
} from "./sample.ts";

export interface MeasuredCorrelation {
  readonly estimate: Estimate<Correlation>;
  /** BCa, over participants. */
  readonly interval: Estimate<BootstrapInterval>;
  /** Holm's over the three relations of this method; absent where a test is not one of them. */
  readonly pHolm?: number;
}

type ByMethod = Readonly<Record<CorrelationMethod, MeasuredCorrelation>>;

export interface Relation extends Pair {
  readonly n: number;
  readonly correlation: ByMethod;
  /** The same with a covariate held constant. */
  readonly partial: readonly {
    readonly covariate: string;
    readonly n: number;
    readonly correlation: ByMethod;
  }[];
}

export interface TotalRelation {
  readonly n: number;
  readonly correlation: ByMethod;
}

export const methods = ["pearson", "spearman"] as const satisfies readonly CorrelationMethod[];

/** The three correlations that the report is about, and each with every covariate held constant. */
export function relations(
  people: readonly Person[],
  covariates: readonly string[],
  options: Options,
): Relation[] {
  const plain = pairs.map((pair) => {
    const { people: both, x, y } = pairedValues(people, pair, options);
    return {
      ...pair,
      n: both.length,
      correlation: measured(
        (method) => correlation(method, x, y),
        (method) => correlationOfIndices(method, x, y),
        x.length,
        options,
      ),
      partial: covariates.map((covariate) => partialRelation(both, pair, covariate, options)),
    };
  });
  const adjusted = Object.fromEntries(
    methods.map((method) => [method, adjust(plain.map((one) => one.correlation[method].estimate))]),
  ) as Record<CorrelationMethod, (number | undefined)[]>;
  return plain.map((one, i) => ({
    ...one,
    correlation: {
      pearson: { ...one.correlation.pearson, ...holm(adjusted.pearson[i]) },
      spearman: { ...one.correlation.spearman, ...holm(adjusted.spearman[i]) },
    },
  }));
}

/** E_tot against the BEQ total: not one of the three. */
export function totalRelation(people: readonly Person[], options: Options): TotalRelation {
  const complete = completePeople(people, options);
  // Without any variation there is no E_tot; a constant says the same to the correlation.
  const x = totalIndices(complete) ?? complete.map(() => 0);
  const y = complete.map(({ score }) => score!.total!);
  return {
    n: complete.length,
    correlation: measured(
      (method) => correlation(method, x, y),
      (method) => correlationOfIndices(method, x, y),
      x.length,
      options,
    ),
  };
}

function partialRelation(
  both: readonly SeenPerson[],
  { index, facet }: Pair,
  covariate: string,
  options: Options,
) {
  const known = both.filter(({ covariates }) => covariates[covariate] !== undefined);
  const x = known.map(({ indices }) => indices[index]);
  const y = known.map(({ score }) => score![facet]!);
  const z = known.map(({ covariates }) => covariates[covariate]!);
  const estimate = (method: CorrelationMethod) => partialCorrelation(method, x, y, z);
  const statistic = (method: CorrelationMethod) => (at: readonly number[]) =>
    partialOf(method, pick(x, at), pick(y, at), pick(z, at));
  return { covariate, n: known.length, correlation: measured(estimate, statistic, known.length, options) };
}

function measured(
  estimate: (method: CorrelationMethod) => Estimate<Correlation>,
  statistic: (method: CorrelationMethod) => (at: readonly number[]) => number | undefined,
  n: number,
  options: Options,
): ByMethod {
  const one = (method: CorrelationMethod): MeasuredCorrelation => {
    const value = estimate(method);
    return { estimate: value, interval: value.defined ? bcaInterval(statistic(method), n, options) : value };
  };
  return { pearson: one("pearson"), spearman: one("spearman") };
}

const correlationOfIndices =
  (method: CorrelationMethod, x: readonly number[], y: readonly number[]) => (at: readonly number[]) =>
    correlationOf(method, pick(x, at), pick(y, at));

/** Holm over those that could be computed. */
function adjust(estimates: readonly Estimate<Correlation>[]): (number | undefined)[] {
  const adjusted = holmAdjusted(estimates.flatMap((one) => (one.defined ? one.p : [])));
  let next = 0;
  return estimates.map((one) => (one.defined ? adjusted[next++] : undefined));
}

const holm = (pHolm: number | undefined) => (pHolm === undefined ? {} : { pHolm });
const pick = (values: readonly number[], at: readonly number[]) => at.map((i) => values[i]!);
