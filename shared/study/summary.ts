import type { StudyTable } from "../protocol/studyTable.ts";
import { bcaInterval, type BootstrapInterval } from "../stats/bootstrap.ts";
import { studentTwoSided } from "../stats/distributions.ts";
import { undefinedBecause, type Estimate } from "../stats/estimate.ts";
import { holmAdjusted } from "../stats/multipleTests.ts";
import { counted } from "../text/counted.ts";

/** What is compared: one measure, over the conditions of an event or over the events of a condition. */
export interface Question {
  readonly measure: string;
  /** Minus each person's baseline. */
  readonly change: boolean;
  readonly factor: "condition" | "event";
  /** The event, or the condition, that is held; undefined takes every condition. */
  readonly within: string | undefined;
}

export interface Level {
  readonly name: string;
  /** People with a value. */
  readonly n: number;
  readonly mean: number | undefined;
  /** Standard deviation over people. */
  readonly sd: number | undefined;
  /** 95 % of the mean, over people. */
  readonly interval: Estimate<BootstrapInterval>;
}

/** The second level minus the first, over the people who have both. */
export interface PairedDifference {
  readonly first: string;
  readonly second: string;
  readonly n: number;
  readonly test: Estimate<{
    readonly difference: number;
    readonly interval: Estimate<BootstrapInterval>;
    /** Cohen's d of paired values: mean difference over the standard deviation of the differences. */
    readonly effect: number;
    readonly effectInterval: Estimate<BootstrapInterval>;
    /** Of Student's t for paired values, two-sided; adjusted over the pairs (Holm 1979). */
    readonly p: number;
    readonly pHolm: number;
  }>;
}

export interface Summary {
  readonly levels: readonly Level[];
  /** A value of each level for each person; undefined where there is none. */
  readonly people: readonly { readonly id: string; readonly values: readonly (number | undefined)[] }[];
  readonly pairs: readonly PairedDifference[];
}

export interface SummaryOptions {
  readonly draws?: number;
  readonly seed?: number;
  /** The people that are looked at; all of them by default. */
  readonly people?: ReadonlySet<string>;
}

/**
 * Means over people with their intervals (BCa), and paired differences. Of several cells of a person in one level the mean is
 * taken. Its figures are undefined with a reason where there are too few people.
 * @throws RangeError for a measure that the table does not have
 */
export function summarise(table: StudyTable, question: Question, options: SummaryOptions = {}): Summary {
  const { draws = 1999, seed = 1 } = options;
  const people = valuesOf(table, question, options.people);
  const names = people.levels;
  const levels = names.map((name, k): Level => {
    const values = people.rows.flatMap(({ values: row }) => row[k] ?? []);
    return { name, n: values.length, ...meanOver(values), interval: intervalOf(values, meanOf, draws, seed) };
  });
  const pairs = names.flatMap((first, a) =>
    names.slice(a + 1).map((second, k) => {
      const differences = people.rows.flatMap(({ values: row }) => {
        const [x, y] = [row[a], row[a + 1 + k]];
        return x === undefined || y === undefined ? [] : [y - x];
      });
      return { first, second, n: differences.length, test: testOf(differences, draws, seed) };
    }),
  );
  return { levels, people: people.rows, pairs: withHolm(pairs) };
}

/** The value of each person in each level. @throws RangeError for a measure that the table does not have */
export function valuesOf(
  { cells, measures, values, changes, conditions, events, participants }: StudyTable,
  { measure, change, factor, within }: Question,
  only?: ReadonlySet<string>,
): { levels: string[]; rows: Summary["people"] } {
  const column = measures.findIndex(({ name }) => name === measure);
  if (column < 0) throw new RangeError(`The table has no measure ${measure}.`);
  const other = factor === "condition" ? "event" : "condition";
  const sums = new Map<string, { sum: number; n: number }>();
  const seen = new Set<string>();
  for (const [i, cell] of cells.entries()) {
    if (within !== undefined && cell[other] !== within) continue;
    if (only !== undefined && !only.has(cell.participant)) continue;
    seen.add(cell[factor]);
    const value = (change ? changes : values)[i]![column];
    if (value === null || value === undefined) continue;
    const key = JSON.stringify([cell.participant, cell[factor]]);
    const found = sums.get(key) ?? { sum: 0, n: 0 };
    sums.set(key, { sum: found.sum + value, n: found.n + 1 });
  }
  const levels = (factor === "condition" ? conditions : events).filter((name) => seen.has(name));
  const rows = participants
    .filter(({ id }) => only === undefined || only.has(id))
    .map(({ id }) => ({
      id,
      values: levels.map((name) => {
        const found = sums.get(JSON.stringify([id, name]));
        return found && found.sum / found.n;
      }),
    }));
  return { levels, rows: rows.filter(({ values: row }) => row.some((value) => value !== undefined)) };
}

function meanOver(values: readonly number[]): Pick<Level, "mean" | "sd"> {
  if (values.length === 0) return { mean: undefined, sd: undefined };
  return { mean: meanOf(values), sd: values.length < 2 ? undefined : deviationOf(values) };
}

function testOf(differences: readonly number[], draws: number, seed: number): PairedDifference["test"] {
  const n = differences.length;
  if (n < 3) return undefinedBecause(`With both: ${counted(n, "person", "people")}, too few to compare.`);
  const effect = effectOf(differences);
  if (effect === undefined)
    return undefinedBecause("Everybody differs by the same amount: there is nothing to test.");
  return {
    defined: true,
    difference: meanOf(differences),
    interval: intervalOf(differences, meanOf, draws, seed),
    effect,
    effectInterval: intervalOf(differences, effectOf, draws, seed),
    p: studentTwoSided(effect * Math.sqrt(n), n - 1),
    pHolm: 1,
  };
}

/** The adjusted p of each pair that has one. */
function withHolm(pairs: readonly PairedDifference[]): PairedDifference[] {
  const adjusted = holmAdjusted(pairs.flatMap(({ test }) => (test.defined ? test.p : [])));
  let next = 0;
  return pairs.map((pair) =>
    pair.test.defined ? { ...pair, test: { ...pair.test, pHolm: adjusted[next++]! } } : pair,
  );
}

const intervalOf = (
  values: readonly number[],
  statistic: (values: readonly number[]) => number | undefined,
  draws: number,
  seed: number,
): Estimate<BootstrapInterval> =>
  bcaInterval((indices) => statistic(indices.map((i) => values[i]!)), values.length, { draws, seed });

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function effectOf(differences: readonly number[]): number | undefined {
  const deviation = deviationOf(differences);
  return deviation > 1e-12 ? meanOf(differences) / deviation : undefined;
}
