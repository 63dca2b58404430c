import {
  methods,
  type MeasuredCorrelation,
  type Relation,
} from "../../../../shared/beq/validation/relations.ts";
import { pairs, pairedValues } from "../../../../shared/beq/validation/sample.ts";
import type { Cell, Comparison, Multitrait } from "../../../../shared/beq/validation/multitrait.ts";
import type { Validation } from "../../../../shared/beq/validation/validate.ts";
import type { ChartOf } from "../../../../shared/charts/chart.ts";
import type { ReportManifest } from "../manifest.ts";
import { figures, heading, list, paragraph, table, type Block } from "../document.ts";
import {
  correlationCells,
  decimal,
  facetSigns,
  indexSigns,
  interval,
  pairName,
  pValue,
  range,
  reasons,
} from "../format.ts";

const methodNames = { pearson: "Pearson", spearman: "Spearman" } as const;
const head = ["relation", "method", "n", "r", "BCa 95 % interval", "p", "Holm's p"];

/** (1) The three correlations. */
export function relationSection(
  { relations, total, people }: Validation,
  { options, covariatesLeftOut }: ReportManifest,
): Block[] {
  const rows = relations.flatMap((relation) => rowsOf(pairName(relation), relation.n, relation.correlation));
  const partial = relations.flatMap((relation) =>
    relation.partial.flatMap(({ covariate, n, correlation }) =>
      rowsOf(`${pairName(relation)}, ${covariate} held constant`, n, correlation),
    ),
  );
  const all = [
    ...relations.flatMap(({ correlation, partial: held }) => [
      correlation,
      ...held.map((one) => one.correlation),
    ]),
    total.correlation,
  ];
  const missing = reasons(
    all.flatMap(({ pearson, spearman }) => [
      pearson.estimate,
      pearson.interval,
      spearman.estimate,
      spearman.interval,
    ]),
  );
  return [
    heading(2, "1. Indices and facets"),
    paragraph(
      "One value a participant. Holm's adjustment is over the three relations, for each method by itself.",
    ),
    table("Correlations of the model's indices with the facets", head, rows),
    ...(partial.length > 0
      ? [
          table(
            "Partial correlations; not part of the three",
            head.slice(0, -1),
            partial.map((row) => row.slice(0, -1)),
          ),
        ]
      : [
          paragraph(
            covariatesLeftOut === undefined
              ? "No covariate: no partial correlations."
              : `The study has ${covariatesLeftOut} covariates, too many to hold each constant by itself: no partial correlations. Choose those that matter with edin beq validate --covariate.`,
          ),
        ]),
    table(
      "E_tot, the mean of the three standardised indices, and the BEQ total; not part of the three",
      head.slice(0, -1),
      rowsOf("E_tot and total", total.n, total.correlation).map((row) => row.slice(0, -1)),
    ),
    ...(missing.length > 0 ? [list(missing.map((reason) => `Not defined: ${reason}`))] : []),
    figures([
      {
        name: "forest",
        title: "Correlations with their intervals",
        chart: {
          ...{ kind: "forest", title: "Correlations", xName: "correlation, 95 % interval" },
          ...{ range: [-1, 1], ticks: [-1, -0.5, 0, 0.5, 1], reference: 0 },
          rows: forestRows(relations, total.correlation),
        },
      },
    ]),
    figures(
      relations.map((relation) => {
        const { x, y } = pairedValues(people, relation, options);
        return {
          name: `scatter-${relation.index}-${relation.facet}`,
          title: `${pairName(relation)}: participants, line and 95 % band`,
          chart: {
            kind: "scatter",
            title: pairName(relation),
            subtitle: inWords(relation.correlation.pearson, relation.n),
            xName: indexSigns[relation.index],
            yName: facetSigns[relation.facet],
            x,
            y,
          },
        };
      }),
    ),
  ];
}

/** (2) Whether an index goes with its own facet rather than with the others. */
export function multitraitSection({ multitrait }: Validation): Block[] {
  const top = heading(2, "2. Multitrait matrix");
  if (!multitrait.defined) return [top, paragraph(`Not defined: ${multitrait.reason}`)];
  const { n, matrix, comparisons, difference, differenceInterval } = multitrait;
  return [
    top,
    paragraph(
      "Convergent validity stands on the diagonal. Steiger's test asks of each of the three whether it differs from each correlation off the diagonal; z above 0 speaks for the diagonal.",
    ),
    table(
      `Pearson's r of each index with each facet, n = ${n}`,
      ["", ...pairs.map(({ facet }) => facetSigns[facet])],
      pairs.map(({ index }, row) => [indexSigns[index], ...matrix[row]!.map((r) => decimal(r))]),
    ),
    paragraph(
      `Mean Fisher z of the diagonal less that of the rest: ${decimal(difference)} (BCa 95 % interval ${interval(differenceInterval)}).`,
    ),
    comparisonTable(multitrait, comparisons),
  ];
}

function comparisonTable({ matrix }: Multitrait, comparisons: readonly Comparison[]): Block {
  const name = ([row, column]: Cell) =>
    `r(${indexSigns[pairs[row]!.index]}, ${facetSigns[pairs[column]!.facet]}) = ${decimal(matrix[row]![column]!)}`;
  return table(
    "Steiger's tests, Holm's adjustment over all of them",
    ["diagonal", "off the diagonal", "z", "p", "Holm's p"],
    comparisons.map(({ diagonal, other, test, pHolm }) => [
      name(diagonal),
      name(other),
      ...(test.defined ? [decimal(test.z), pValue(test.p), pValue(pHolm)] : ["not defined", "", ""]),
    ]),
  );
}

function rowsOf(name: string, n: number, correlation: Relation["correlation"]): string[][] {
  return methods.map((method) => [
    name,
    methodNames[method],
    String(n),
    ...correlationCells(correlation[method]),
  ]);
}

type ForestRow = ChartOf<"forest">["rows"][number];

function forestRows(relations: readonly Relation[], total: Relation["correlation"]): ForestRow[] {
  const row = (name: string, { estimate, interval: ends }: MeasuredCorrelation): ForestRow => ({
    name,
    ...(estimate.defined && { value: estimate.r }),
    ...(ends.defined && { interval: [ends.low, ends.high] }),
  });
  return [
    ...relations.flatMap((relation) => [
      ...methods.map((method) =>
        row(`${pairName(relation)}, ${methodNames[method]}`, relation.correlation[method]),
      ),
      ...relation.partial.map(({ covariate, correlation }) =>
        row(`${pairName(relation)}, ${shortened(covariate)} held constant`, correlation.pearson),
      ),
    ]),
    ...methods.map((method) => row(`E_tot and total, ${methodNames[method]}`, total[method])),
  ];
}

const shortened = (name: string) => (name.length > 14 ? `${name.slice(0, 13)}…` : name);

function inWords({ estimate, interval: ends }: MeasuredCorrelation, n: number): string {
  if (!estimate.defined) return `n = ${n}, r not defined`;
  return `n = ${n}, r = ${decimal(estimate.r)}${ends.defined ? `, 95 % ${range(ends.low, ends.high)}` : ""}`;
}
