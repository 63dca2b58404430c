/**
 * Counts of what several raters said of the same items, from which every nominal coefficient follows: tables of pairs, sums
 * of Fleiss' kappa and the coincidences of Krippendorff's alpha. Counts of parts add up, so that a bootstrap adds parts
 * instead of reading the items again.
 */
export class NominalTally {
  readonly raters: number;
  readonly categories: number;
  /** All counts in one row: pair tables, then the sums for Fleiss, then the coincidences. */
  readonly counts: Float64Array;
  readonly #seen: Float64Array;

  constructor(raters: number, categories: number, counts?: Float64Array) {
    this.raters = raters;
    this.categories = categories;
    this.counts = counts ?? new Float64Array(tallyLength(raters, categories));
    this.#seen = new Float64Array(categories);
  }

  /** @param labels the category of each rater, from 0; -1 where one said nothing; `weight` such items */
  add(labels: Int16Array | readonly number[], weight = 1): void {
    const { raters, categories, counts } = this;
    const seen = this.#seen.fill(0);
    let said = 0;
    for (let a = 0; a < raters; a++) {
      const label = labels[a]!;
      if (label < 0) continue;
      said++;
      seen[label]! += 1;
      for (let b = a + 1; b < raters; b++) {
        const other = labels[b]!;
        if (other >= 0) counts[this.#pairStart(a, b) + label * categories + other]! += weight;
      }
    }
    if (said === 0) return;
    const fleiss = fleissStart(raters, categories);
    counts[fleiss]! += weight;
    for (let c = 0; c < categories; c++) counts[fleiss + 3 + c]! += (weight * seen[c]!) / said;
    if (said < 2) return;
    counts[fleiss + 1]! += weight;
    const pairs = said * (said - 1);
    const coincidences = fleiss + 3 + 2 * categories;
    for (let c = 0; c < categories; c++) {
      const n = seen[c]!;
      const others = said - n;
      counts[fleiss + 2]! += (weight * n * (n - 1)) / pairs;
      counts[fleiss + 3 + categories + c]! += (weight * (n * (n - 1) + others * (others - 1))) / pairs;
      if (n === 0) continue;
      for (let d = 0; d < categories; d++)
        counts[coincidences + c * categories + d]! +=
          (weight * n * (seen[d]! - (c === d ? 1 : 0))) / (said - 1);
    }
  }

  /** Rows: what rater `a` said; columns: `b`, with a < b. */
  pairTable(a: number, b: number): Float64Array {
    const start = this.#pairStart(a, b);
    return this.counts.subarray(start, start + this.categories ** 2);
  }

  #pairStart(a: number, b: number): number {
    return pairIndex(a, b, this.raters) * this.categories ** 2;
  }
}

/** How many numbers a tally of so many raters and categories has. */
export function tallyLength(raters: number, categories: number): number {
  return fleissStart(raters, categories) + 3 + 2 * categories + categories ** 2;
}

function fleissStart(raters: number, categories: number): number {
  return ((raters * (raters - 1)) / 2) * categories ** 2;
}

/** Number of the pair (a, b), a < b, among all of `raters`. */
export function pairIndex(a: number, b: number, raters: number): number {
  return (a * (2 * raters - a - 1)) / 2 + (b - a - 1);
}

export interface TableKappa {
  readonly n: number;
  /** Share of items with the same category; undefined without items. */
  readonly agreement: number | undefined;
  /** Cohen's kappa (1960); undefined where chance alone would agree always. */
  readonly kappa: number | undefined;
}

/** Of a square table of counts, row by row. */
export function kappaOfTable(table: Float64Array | readonly number[], categories: number): TableKappa {
  let n = 0;
  let same = 0;
  let expected = 0;
  const rows = new Float64Array(categories);
  const columns = new Float64Array(categories);
  for (let a = 0; a < categories; a++)
    for (let b = 0; b < categories; b++) {
      const count = table[a * categories + b]!;
      n += count;
      rows[a]! += count;
      columns[b]! += count;
      if (a === b) same += count;
    }
  if (n === 0) return { n, agreement: undefined, kappa: undefined };
  for (let c = 0; c < categories; c++) expected += (rows[c]! / n) * (columns[c]! / n);
  return { n, agreement: same / n, kappa: corrected(same / n, expected) };
}

/**
 * Fleiss' kappa (1971); where not every rater said something of every item, as Gwet (2014) extends it: agreement over
 * items with two or more, chance from all.
 */
export function fleissKappa({ raters, categories, counts }: NominalTally): number | undefined {
  const at = fleissStart(raters, categories);
  const [items, compared, agreement] = [counts[at]!, counts[at + 1]!, counts[at + 2]!];
  if (compared === 0) return undefined;
  let expected = 0;
  for (let c = 0; c < categories; c++) expected += (counts[at + 3 + c]! / items) ** 2;
  return corrected(agreement / compared, expected);
}

/** Fleiss' kappa of one category against all others. */
export function labelKappa(
  { raters, categories, counts }: NominalTally,
  category: number,
): number | undefined {
  const at = fleissStart(raters, categories);
  const [items, compared] = [counts[at]!, counts[at + 1]!];
  if (compared === 0) return undefined;
  const share = counts[at + 3 + category]! / items;
  return corrected(counts[at + 3 + categories + category]! / compared, share ** 2 + (1 - share) ** 2);
}

/** Krippendorff's alpha with the nominal metric (2004); undefined where only one category occurs. */
export function nominalAlpha({ raters, categories, counts }: NominalTally): number | undefined {
  const at = fleissStart(raters, categories) + 3 + 2 * categories;
  let total = 0;
  let same = 0;
  let chance = 0;
  for (let c = 0; c < categories; c++) {
    let margin = 0;
    for (let d = 0; d < categories; d++) margin += counts[at + c * categories + d]!;
    total += margin;
    same += counts[at + c * categories + c]!;
    chance += margin * (margin - 1);
  }
  if (total <= 1) return undefined;
  const pairs = total * (total - 1);
  // A difference of rounding is no second category.
  if (pairs - chance <= 1e-9 * pairs) return undefined;
  return 1 - ((total - same) * (total - 1)) / (pairs - chance);
}

function corrected(agreement: number, expected: number): number | undefined {
  return 1 - expected <= 1e-12 ? undefined : (agreement - expected) / (1 - expected);
}
