import { undefinedBecause, type Estimate } from "./estimate.ts";
import { mean } from "./mean.ts";

export interface Line {
  readonly intercept: number;
  readonly slope: number;
  /** Of the residuals, with n - 2 degrees of freedom; 0 for two points. */
  readonly residualDeviation: number;
  readonly meanX: number;
  /** Sum of squared deviations of x. */
  readonly squaresX: number;
  readonly n: number;
}

/** Least squares line of y on x. */
export function fitLine(x: readonly number[], y: readonly number[]): Estimate<Line> {
  const n = x.length;
  if (n < 2) return undefinedBecause("A line needs two points.");
  const meanX = mean(x);
  const meanY = mean(y);
  const squaresX = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  if (squaresX <= n * (4 * Number.EPSILON * meanX) ** 2)
    return undefinedBecause("The first variable of the line does not vary.");
  const slope = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0) / squaresX;
  const intercept = meanY - slope * meanX;
  const residuals = x.reduce((sum, value, i) => sum + (y[i]! - intercept - slope * value) ** 2, 0);
  const residualDeviation = n > 2 ? Math.sqrt(residuals / (n - 2)) : 0;
  return { defined: true, intercept, slope, residualDeviation, meanX, squaresX, n };
}

/**
 * Brings x to the scale of y: each case by the least squares line of all the others, held between `lowest` and `highest`.
 * No case takes part in its own mapping.
 */
export function leaveOneOutMapping(
  x: readonly number[],
  y: readonly number[],
  lowest: number,
  highest: number,
): Estimate<{ readonly mapped: readonly number[] }> {
  if (x.length < 3) return undefinedBecause("A mapping that leaves one out needs three participants.");
  const line = fitLine(x, y);
  const leverages = x.map((value) =>
    line.defined ? 1 / x.length + (value - line.meanX) ** 2 / line.squaresX : 1,
  );
  // A case of leverage 1 is the only one that differs: without it nothing varies.
  if (!line.defined || leverages.some((leverage) => leverage > 1 - 1e-9))
    return undefinedBecause("The index does not vary; nothing can be mapped from it.");
  const mapped = x.map((value, i) => {
    const residual = y[i]! - (line.intercept + line.slope * value);
    // What the line of the others says is y less the deleted residual e / (1 - h).
    return Math.max(lowest, Math.min(highest, y[i]! - residual / (1 - leverages[i]!)));
  });
  return { defined: true, mapped };
}
