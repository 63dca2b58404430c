/**
 * Tail areas and quantiles of the normal, Student's t and F distributions, to about 1e-12. Sources: Abramowitz and Stegun
 * 26.2.11 (normal, series), 26.2.14 (normal, continued fraction), 26.5.8 (incomplete beta, continued fraction).
 */

/** Area of the standard normal distribution below `z`. */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 5) {
    const tail = normalDensity(z) * upperTailRatio(Math.abs(z));
    return z < 0 ? tail : 1 - tail;
  }
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) sum += term *= (z * z) / k;
  return 0.5 + normalDensity(z) * sum;
}

/** Area in both tails beyond |z|. */
export function normalTwoSided(z: number): number {
  const at = Math.abs(z);
  return 2 * (at > 2 ? normalDensity(at) * upperTailRatio(at) : 1 - normalCdf(at));
}

/** The z below which the area `p` lies, 0 < p < 1. */
export function normalQuantile(p: number): number {
  return invert(normalCdf, p, -40, 40);
}

/** Area in both tails of Student's t with `df` degrees of freedom beyond |t|. */
export function studentTwoSided(t: number, df: number): number {
  return incompleteBeta(df / (df + t * t), df / 2, 0.5);
}

/** The t below which the area `p` lies. */
export function studentQuantile(p: number, df: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, df);
  // In x = df / (df + t^2) the range is bounded.
  const x = invert((at) => incompleteBeta(at, df / 2, 0.5), 2 * (1 - p), 0, 1);
  return Math.sqrt((df * (1 - x)) / x);
}

/** Area of the F distribution above `f`. */
export function fUpper(f: number, df1: number, df2: number): number {
  return f <= 0 ? 1 : incompleteBeta(df2 / (df2 + df1 * f), df2 / 2, df1 / 2);
}

/** The F below which the area `p` lies. */
export function fQuantile(p: number, df1: number, df2: number): number {
  const x = invert((at) => incompleteBeta(at, df1 / 2, df2 / 2), p, 0, 1);
  return (df2 * x) / (df1 * (1 - x));
}

/** Regularised incomplete beta function I_x(a, b). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

const normalDensity = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

/** (1 - cdf) / density for z > 0: 1 / (z + 1 / (z + 2 / (z + 3 / ...))). */
function upperTailRatio(z: number): number {
  let below = z;
  for (let k = 200; k >= 1; k--) below = z + k / below;
  return 1 / below;
}

/** Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const floor = 1e-300;
  const kept = (value: number) => (Math.abs(value) < floor ? floor : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 / kept(1 + term * d);
      c = kept(1 + term / c);
      step = d * c;
      result *= step;
    }
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return result;
}

/** Lanczos' approximation with g = 7 and nine terms. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const at = x - 1;
  const sum = lanczos.reduce((total, c, k) => total + (k === 0 ? c : c / (at + k)), 0);
  const t = at + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(t) - t + Math.log(sum);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Where the rising function `f` reaches `target`, by bisection to the last bit that changes anything. */
function invert(f: (x: number) => number, target: number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (f(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
