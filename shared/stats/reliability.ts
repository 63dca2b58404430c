/**
 * Cronbach's alpha: k / (k - 1) * (1 - sum of item variances / variance of the sum).
 *
 * @param rows one a participant, each with the same k >= 2 items, complete
 * @returns undefined with fewer than two participants, fewer than two items, or a sum that does not vary
 */
export function cronbachAlpha(rows: readonly (readonly number[])[]): number | undefined {
  const covariance = covarianceMatrix(rows);
  const k = covariance?.length ?? 0;
  if (covariance === undefined || k < 2) return undefined;
  const whole = sumOf(covariance.flat());
  if (whole <= 0) return undefined;
  return (k / (k - 1)) * (1 - sumOf(covariance.map((row, i) => row[i]!)) / whole);
}

/**
 * McDonald's omega total of a one-factor model: (sum of loadings)^2 / ((sum of loadings)^2 + sum of uniquenesses), with
 * the loadings of an unweighted least squares (minres) fit to the covariance matrix.
 *
 * @returns undefined with fewer than three items, fewer participants than items, or an item that does not vary
 */
export function omegaTotal(rows: readonly (readonly number[])[]): number | undefined {
  const covariance = covarianceMatrix(rows);
  if (covariance === undefined || covariance.length < 3 || rows.length <= covariance.length) return undefined;
  const variances = covariance.map((row, i) => row[i]!);
  if (variances.some((v) => v <= 0)) return undefined;
  const loadings = oneFactorLoadings(covariance);
  if (loadings === undefined) return undefined;
  const common = sumOf(loadings) ** 2;
  const unique = sumOf(variances.map((v, i) => v - loadings[i]! ** 2));
  return common + unique > 0 ? common / (common + unique) : undefined;
}

/** Cycles of the fit below; it converges in tens. */
const maxCycles = 5000;

/**
 * Loadings that minimise the squared off-diagonal residuals, one item at a time: given the others, the best loading of
 * item i is sum_j c_ij l_j / sum_j l_j^2 (minres by coordinate descent; Harman and Jones 1966). A loading is held inside
 * its item's standard deviation (no Heywood case).
 */
function oneFactorLoadings(covariance: readonly (readonly number[])[]): number[] | undefined {
  const k = covariance.length;
  const limits = covariance.map((row, i) => Math.sqrt(row[i]!));
  const loadings = limits.map((limit) => 0.7 * limit);
  for (let cycle = 0; cycle < maxCycles; cycle++) {
    let moved = 0;
    for (let i = 0; i < k; i++) {
      let top = 0;
      let bottom = 0;
      for (let j = 0; j < k; j++) {
        if (j === i) continue;
        top += covariance[i]![j]! * loadings[j]!;
        bottom += loadings[j]! ** 2;
      }
      if (bottom === 0) return undefined;
      const next = Math.max(-limits[i]!, Math.min(limits[i]!, top / bottom));
      moved = Math.max(moved, Math.abs(next - loadings[i]!));
      loadings[i] = next;
    }
    if (moved < 1e-10) break;
  }
  return loadings;
}

/** Sample covariance (n - 1) of the columns; undefined with fewer than two rows. */
function covarianceMatrix(rows: readonly (readonly number[])[]): number[][] | undefined {
  const n = rows.length;
  if (n < 2) return undefined;
  const k = rows[0]!.length;
  const means = Array.from({ length: k }, (_, j) => sumOf(rows.map((row) => row[j]!)) / n);
  return Array.from({ length: k }, (_, i) =>
    Array.from(
      { length: k },
      (_, j) => sumOf(rows.map((row) => (row[i]! - means[i]!) * (row[j]! - means[j]!))) / (n - 1),
    ),
  );
}

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
