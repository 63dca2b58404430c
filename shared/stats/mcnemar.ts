/** Where two judges of the same cases differ. */
export interface McNemar {
  /** Cases that only the first, and only the second, judged rightly. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided, exact (binomial): as many or more on one side if both were as good. */
  readonly p: number;
}

/** McNemar's (1947) test in its exact form: of the cases in which two differ, half are each one's if they are as good. */
export function mcnemar(first: readonly boolean[], second: readonly boolean[]): McNemar {
  let [onlyFirst, onlySecond] = [0, 0];
  first.forEach((right, i) => {
    if (right && !second[i]!) onlyFirst++;
    if (!right && second[i]!) onlySecond++;
  });
  const n = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // Sums of logarithms: half to the power of a thousand is nothing in floating point.
  let term = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= fewer; k++) {
    tail += Math.exp(term);
    term += Math.log(n - k) - Math.log(k + 1);
  }
  return { onlyFirst, onlySecond, p: Math.min(1, 2 * tail) };
}
