import type { IndexName } from "../../../shared/beq/indices.ts";
import type { Facet } from "../../../shared/beq/items.ts";
import type { MeasuredCorrelation } from "../../../shared/beq/validation/relations.ts";
import type { BootstrapInterval } from "../../../shared/stats/bootstrap.ts";
import type { Estimate } from "../../../shared/stats/estimate.ts";

/** Numbers as the report writes them. */
export const decimal = (value: number, places = 2): string =>
  value.toFixed(places).replace(/^-(0\.?0*)$/, "$1");
/** Two ends of a range. */
export const range = (low: number, high: number, places = 2): string =>
  `${decimal(low, places)} to ${decimal(high, places)}`;
/** A p value; one below a thousandth is only said to be so. */
export const pValue = (p: number | undefined): string =>
  p === undefined ? "none" : p < 0.001 ? "< 0.001" : decimal(p, 3);
/** A share of 0..1 in per cent with one decimal. */
export const percent = (share: number): string => `${decimal(share * 100, 1)} %`;
/** An interval of a bootstrap, or that there is none. */
export const interval = (estimate: Estimate<BootstrapInterval>): string =>
  estimate.defined ? range(estimate.low, estimate.high) : "not defined";

export const indexSigns: Record<IndexName, string> = { pos: "E_pos", neg: "E_neg", imp: "E_imp" };
export const facetSigns: Record<Facet, string> = { nex: "NEX", pex: "PEX", str: "STR" };

/** The name of a pair of an index and a facet. */
export const pairName = ({ index, facet }: { index: IndexName; facet: Facet }): string =>
  `${indexSigns[index]} and ${facetSigns[facet]}`;

/** r, interval, p and Holm's p of one correlation, a cell each. */
export function correlationCells({ estimate, interval: ends, pHolm }: MeasuredCorrelation): string[] {
  if (!estimate.defined) return ["not defined", "", "", ""];
  return [decimal(estimate.r), interval(ends), pValue(estimate.p), pValue(pHolm)];
}

/** The reasons behind every "not defined", each once. */
export const reasons = (estimates: readonly Estimate<object>[]): string[] => [
  ...new Set(estimates.flatMap((one) => (one.defined ? [] : one.reason))),
];
