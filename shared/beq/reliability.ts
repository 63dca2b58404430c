import { cronbachAlpha, omegaTotal } from "../stats/reliability.ts";
import { beqItemCount, facetItems, facets, type Facet } from "./items.ts";
import { keyed, type Answers } from "./scoring.ts";
import { counted } from "../text/counted.ts";

export interface ScaleReliability {
  /** Participants who answered every item of the scale; the others do not enter. */
  readonly n: number;
  readonly alpha: number | undefined;
  /** McDonald's omega total of a one-factor model. */
  readonly omega: number | undefined;
}

/** Cronbach's alpha and McDonald's omega of each facet and of all 16 items, over a sample. */
export function beqReliability(sample: readonly Answers[]): Record<Facet | "total", ScaleReliability> {
  const all = Array.from({ length: beqItemCount }, (_, k) => k + 1);
  const scales: readonly (readonly [Facet | "total", readonly number[]])[] = [
    ...facets.map((facet) => [facet, facetItems[facet]] as const),
    ["total", all],
  ];
  return Object.fromEntries(scales.map(([name, items]) => [name, reliabilityOf(sample, items)])) as Record<
    Facet | "total",
    ScaleReliability
  >;
}

/** What has to be said beside figures that are no reliability of the scale, a sentence each. */
export function reliabilityWarnings(
  reliability: Readonly<Record<Facet | "total", ScaleReliability>>,
): readonly string[] {
  const scales = Object.entries(reliability);
  const below = scales.filter(([, { alpha }]) => alpha !== undefined && alpha < 0).map(([name]) => name);
  const few = Math.min(...scales.map(([, { n }]) => n));
  return [
    ...(below.length > 0
      ? [
          `Alpha of ${below.join(", ")} is below 0: in this sample the items vary against each other, and it says nothing about how reliable the scale is. Check that no item was turned round before, and that the sample is large enough.`,
        ]
      : []),
    ...(few < fewest
      ? [
          `With ${counted(few, "complete form")} alpha and omega are hardly more than chance: ${fewest} are the least that tells something.`,
        ]
      : []),
  ];
}

/** Complete forms, below which a coefficient of a scale is not read. */
const fewest = 30;

function reliabilityOf(sample: readonly Answers[], items: readonly number[]): ScaleReliability {
  const rows = sample.flatMap((answers) => {
    const row = items.flatMap((item) => {
      const answer = answers[item - 1];
      return answer === undefined ? [] : keyed(item, answer);
    });
    return row.length === items.length ? [row] : [];
  });
  return { n: rows.length, alpha: cronbachAlpha(rows), omega: omegaTotal(rows) };
}
