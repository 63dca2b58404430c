import { stretchesOf, type AnnotationSegment } from "../../segments/segment.ts";

/** A stretch with one label that counts as true. */
export interface TrueStretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly label: string;
  /** Share of the annotators of the clip who say so, above one half. */
  readonly agreement: number;
}

/**
 * The stretches over which more than half of the annotators give one and the same label. Annotations that their annotator
 * is not sure of count as nothing, unless `withUnsure`.
 *
 * @param annotators what each says on one lane; one who left it empty says nothing there
 */
export function consensus(
  annotators: readonly (readonly AnnotationSegment[])[],
  { withUnsure = false }: { readonly withUnsure?: boolean } = {},
): TrueStretch[] {
  const known = annotators.map((all) => stretchesOf(all).filter(({ unsure }) => withUnsure || !unsure));
  const edges = [...new Set(known.flat().flatMap(({ startMs, endMs }) => [startMs, endMs]))].sort(
    (a, b) => a - b,
  );
  const from = known.map(() => 0);
  const found: TrueStretch[] = [];
  for (const [i, startMs] of edges.slice(0, -1).entries()) {
    const votes = new Map<string, number>();
    for (const [who, all] of known.entries()) {
      while (from[who]! < all.length && all[from[who]!]!.endMs <= startMs) from[who]!++;
      const said = new Set<string>();
      for (let k = from[who]!; k < all.length && all[k]!.startMs <= startMs; k++)
        if (all[k]!.endMs > startMs) said.add(all[k]!.label);
      for (const label of said) votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    const [label, most] = [...votes].sort((a, b) => b[1] - a[1])[0] ?? ["", 0];
    const tied = [...votes.values()].filter((count) => count === most).length > 1;
    if (2 * most <= annotators.length || tied) continue;
    const last = found.at(-1);
    const endMs = edges[i + 1]!;
    const agreement = most / annotators.length;
    if (last?.endMs === startMs && last.label === label && last.agreement === agreement)
      found[found.length - 1] = { ...last, endMs };
    else found.push({ startMs, endMs, label, agreement });
  }
  return found;
}
