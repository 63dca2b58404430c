import { normalTwoSided } from "./distributions.ts";
import { undefinedBecause, type Estimate } from "./estimate.ts";
import { counted } from "../text/counted.ts";

export interface DependentTest {
  /** Positive when the first correlation is the larger one. */
  readonly z: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Steiger's (1980) test of two correlations that share a variable, equation 14: Fisher's z of both, and their
 * covariance at the mean of the two correlations (equation 10).
 *
 * @param first r of the shared variable j with k
 * @param second r of the shared variable j with h
 * @param between r of k with h
 */
export function steigerOverlapping(
  first: number,
  second: number,
  between: number,
  n: number,
): Estimate<DependentTest> {
  const pooled = (first + second) / 2;
  const square = pooled * pooled;
  // Pearson and Filon's covariance (equation 3) with both correlations replaced by their mean.
  const psi = between * (1 - 2 * square) - 0.5 * square * (1 - 2 * square - between * between);
  return dependentTest(first, second, psi / (1 - square) ** 2, n);
}

/**
 * Steiger's (1980) test of two correlations of the same people without a shared variable, equation 15
 * with the covariance of equation 11.
 *
 * @param jk the first correlation
 * @param hm the second
 */
export function steigerSeparate(
  { jk, hm, jh, jm, kh, km }: Readonly<Record<"jk" | "hm" | "jh" | "jm" | "kh" | "km", number>>,
  n: number,
): Estimate<DependentTest> {
  const r = (jk + hm) / 2;
  // Equation 2 with both correlations replaced by their mean.
  const psi =
    0.5 *
    ((jh - r * kh) * (km - kh * r) +
      (jm - jh * r) * (kh - r * jh) +
      (jh - jm * r) * (km - r * jm) +
      (jm - r * km) * (kh - km * r));
  return dependentTest(jk, hm, psi / (1 - r * r) ** 2, n);
}

/** @param covariance of the two Fisher z values, times n - 3 */
function dependentTest(
  first: number,
  second: number,
  covariance: number,
  n: number,
): Estimate<DependentTest> {
  if (n < 4) return undefinedBecause(`Too few to compare two correlations: ${counted(n, "participant")}.`);
  if (Math.abs(first) >= 1 || Math.abs(second) >= 1 || !(covariance < 1))
    return undefinedBecause("A correlation is perfect; its Fisher transform has no end.");
  const z = ((Math.atanh(first) - Math.atanh(second)) * Math.sqrt(n - 3)) / Math.sqrt(2 - 2 * covariance);
  return { defined: true, z, p: normalTwoSided(z) };
}
