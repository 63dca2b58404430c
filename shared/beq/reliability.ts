import { cronbachAlpha, omegaTotal } from "../stats/reliability.ts";
import { beqItemCount, facetItems, facets, type Facet } from "./items.ts";
import { keyed, type Answers } from "./scoring.ts";

export interface Reliability {
  /** Participants who answered every item of the scale; the others do not enter. */
  readonly n: number;
  readonly alpha: number | undefined;
  /** McDonald's omega total of a one-factor model. */
  readonly omega: number | undefined;
}

/** Cronbach's alpha and McDonald's omega of each facet and of all 16 items, over a sample. */
export function beqReliability(sample: readonly Answers[]): Record<Facet | "total", Reliability> {
  const all = Array.from({ length: beqItemCount }, (_, k) => k + 1);
  const scales: readonly (readonly [Facet | "total", readonly number[]])[] = [
    ...facets.map((facet) => [facet, facetItems[facet]] as const),
    ["total", all],
  ];
  return Object.fromEntries(scales.map(([name, items]) => [name, reliabilityOf(sample, items)])) as Record<
    Facet | "total",
    Reliability
  >;
}

function reliabilityOf(sample: readonly Answers[], items: readonly number[]): Reliability {
  const rows = sample.flatMap((answers) => {
    const row = items.flatMap((item) => {
      const answer = answers[item - 1];
      return answer === undefined ? [] : keyed(item, answer);
    });
    return row.length === items.length ? [row] : [];
  });
  return { n: rows.length, alpha: cronbachAlpha(rows), omega: omegaTotal(rows) };
}
