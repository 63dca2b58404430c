/** Agreement on values of an interval scale: traces that several raters gave. */

export interface IntraclassCorrelations {
  /** Absolute agreement, raters drawn from many: of one rater, and of the mean of all. */
  readonly icc21: number | undefined;
  readonly icc2k: number | undefined;
  /** Consistency, these raters alone: of one rater, and of the mean of all. */
  readonly icc31: number | undefined;
  readonly icc3k: number | undefined;
}

/**
 * The two-way forms of Shrout and Fleiss (1979).
 *
 * @param ratings one row a rater, complete, all of the same length
 */
export function intraclassCorrelations(ratings: readonly ArrayLike<number>[]): IntraclassCorrelations {
  const none = { icc21: undefined, icc2k: undefined, icc31: undefined, icc3k: undefined };
  const k = ratings.length;
  const n = ratings[0]?.length ?? 0;
  if (k < 2 || n < 2) return none;
  const targets = new Float64Array(n);
  const raters = new Float64Array(k);
  ratings.forEach((row, r) => {
    for (let i = 0; i < n; i++) {
      targets[i]! += row[i]! / k;
      raters[r]! += row[i]! / n;
    }
  });
  const grand = targets.reduce((sum, value) => sum + value, 0) / n;
  let whole = 0;
  for (const row of ratings) for (let i = 0; i < n; i++) whole += (row[i]! - grand) ** 2;
  const betweenSum = k * targets.reduce((sum, value) => sum + (value - grand) ** 2, 0);
  const ratersSum = n * raters.reduce((sum, value) => sum + (value - grand) ** 2, 0);
  const between = betweenSum / (n - 1);
  const rater = ratersSum / (k - 1);
  const error = Math.max(0, whole - betweenSum - ratersSum) / ((n - 1) * (k - 1));
  if (whole <= 1e-24 * n * k * Math.max(1, grand * grand)) return none;
  return {
    icc21: ratio(between - error, between + (k - 1) * error + (k * (rater - error)) / n),
    icc2k: ratio(between - error, between + (rater - error) / n),
    icc31: ratio(between - error, between + (k - 1) * error),
    icc3k: ratio(between - error, between),
  };
}

function ratio(top: number, bottom: number): number | undefined {
  return Math.abs(bottom) < 1e-300 ? undefined : top / bottom;
}

/** Lin's concordance correlation coefficient (1989), with variances over n; undefined where neither varies. */
export function concordance(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const { n, meanA, meanB, squaresA, squaresB, products } = moments(a, b, 0);
  if (n < 2) return undefined;
  return ratio((2 * products) / n, squaresA / n + squaresB / n + (meanA - meanB) ** 2);
}

/**
 * The shift of the second against the first, in samples up to `most` either way, at which they correlate best within the
 * series; above 0 where the second comes later. Undefined where no shift has a correlation.
 *
 * @param series pairs of one stretch each, without gaps
 */
export function bestLag(
  series: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[],
  most: number,
): number | undefined {
  let best: { lag: number; r: number } | undefined;
  for (let step = 0; step <= 2 * most; step++) {
    // From the middle outwards: of equal ones the smallest shift.
    const lag = step % 2 === 0 ? -step / 2 : (step + 1) / 2;
    const r = correlationAt(series, lag);
    if (r !== undefined && (best === undefined || r > best.r + 1e-12)) best = { lag, r };
  }
  return best?.lag === 0 ? 0 : best?.lag;
}

/** Pearson's correlation; undefined where one does not vary. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  return correlationAt([[a, b]], 0);
}

function correlationAt(
  series: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[],
  lag: number,
): number | undefined {
  const sum = { n: 0, squaresA: 0, squaresB: 0, products: 0 };
  for (const [a, b] of series) {
    const { n, squaresA, squaresB, products } = moments(a, b, lag);
    sum.n += n;
    sum.squaresA += squaresA;
    sum.squaresB += squaresB;
    sum.products += products;
  }
  const { n, squaresA, squaresB, products } = sum;
  if (n < 3 || squaresA <= 1e-18 * n || squaresB <= 1e-18 * n) return undefined;
  return products / Math.sqrt(squaresA * squaresB);
}

/** Sums around the means of the part where a[i] meets b[i + lag]. */
function moments(a: ArrayLike<number>, b: ArrayLike<number>, lag: number) {
  const from = Math.max(0, -lag);
  const to = Math.min(a.length, b.length - lag);
  const n = Math.max(0, to - from);
  let meanA = 0;
  let meanB = 0;
  for (let i = from; i < to; i++) {
    meanA += a[i]! / n;
    meanB += b[i + lag]! / n;
  }
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let i = from; i < to; i++) {
    const x = a[i]! - meanA;
    const y = b[i + lag]! - meanB;
    squaresA += x * x;
    squaresB += y * y;
    products += x * y;
  }
  return { n, meanA, meanB, squaresA, squaresB, products };
}

/** Sums of a part from which {@link intervalAlpha} follows; those of parts add up. */
export interface AlphaSums {
  readonly values: number;
  /** Sum over items of 2 m / (m - 1) times the squared deviations from the item's mean, m ratings each. */
  readonly within: number;
  readonly sum: number;
  readonly squares: number;
}

/** @param ratings one row a rater; NaN where one said nothing */
export function alphaSums(ratings: readonly ArrayLike<number>[], from: number, to: number): AlphaSums {
  const sums = { values: 0, within: 0, sum: 0, squares: 0 };
  for (let i = from; i < to; i++) {
    let m = 0;
    let sum = 0;
    let squares = 0;
    for (const row of ratings) {
      const value = row[i]!;
      if (Number.isNaN(value)) continue;
      m++;
      sum += value;
      squares += value * value;
    }
    if (m < 2) continue;
    sums.values += m;
    sums.within += ((2 * m) / (m - 1)) * Math.max(0, squares - (sum * sum) / m);
    sums.sum += sum;
    sums.squares += squares;
  }
  return sums;
}

/** Krippendorff's alpha with the interval metric (2004); undefined where the values do not vary. */
export function intervalAlpha({ values, within, sum, squares }: AlphaSums): number | undefined {
  if (values < 3) return undefined;
  const spread = squares - (sum * sum) / values;
  if (spread <= 1e-12 * Math.max(squares, 1e-12)) return undefined;
  return 1 - ((within / values) * (values * (values - 1))) / (2 * values * spread);
}
