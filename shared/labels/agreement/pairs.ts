/** All pairs of `n` things, the first before the second, in the order of {@link pairIndex}. */
export function eachPair(n: number): [a: number, b: number][] {
  const pairs: [number, number][] = [];
  for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) pairs.push([a, b]);
  return pairs;
}

export interface Closeness<A, B> {
  /** How well they fit; undefined where they do not. */
  readonly fit: (a: A, b: B) => number | undefined;
  /** The second one lies so far before the first that it fits neither this nor any later one. */
  readonly before: (a: A, b: B) => boolean;
  /** The second one, and so all after it, begins too late for the first. */
  readonly past: (a: A, b: B) => boolean;
}

/** Pairs the best fitting first, each thing at most once. Both lists are sorted by start. */
export function matchBestFirst<A, B>(
  first: readonly A[],
  second: readonly B[],
  { fit, before, past }: Closeness<A, B>,
): [a: A, b: B][] {
  const candidates: { i: number; j: number; fit: number }[] = [];
  let from = 0;
  first.forEach((a, i) => {
    while (from < second.length && before(a, second[from]!)) from++;
    for (let j = from; j < second.length; j++) {
      const b = second[j]!;
      if (past(a, b)) break;
      const value = fit(a, b);
      if (value !== undefined) candidates.push({ i, j, fit: value });
    }
  });
  candidates.sort((x, y) => y.fit - x.fit || x.i - y.i || x.j - y.j);
  const takenA = new Set<number>();
  const takenB = new Set<number>();
  const matched: [A, B][] = [];
  for (const { i, j } of candidates) {
    if (takenA.has(i) || takenB.has(j)) continue;
    takenA.add(i);
    takenB.add(j);
    matched.push([first[i]!, second[j]!]);
  }
  return matched;
}
