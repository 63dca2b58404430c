import { reliabilityWarnings } from "../../../../shared/beq/reliability.ts";
import { facetNames, facets } from "../../../../shared/beq/items.ts";
import type { BeqScore } from "../../../../shared/beq/scoring.ts";
import { minForVerdict, enoughForMediumCorrelation } from "../../../../shared/beq/validation/sample.ts";
import type { Validation } from "../../../../shared/beq/validation/validate.ts";
import {
  figures,
  heading,
  longTable,
  notice,
  paragraph,
  table,
  type Block,
  type ReportFigure,
} from "../document.ts";
import { decimal, facetSigns, pairName, percent, pValue } from "../format.ts";
import { counted } from "../../../../shared/text/counted.ts";

/** What the report is about, and what it can say with this many participants. */
export function verdictSection({ size, n, relations }: Validation): Block[] {
  const about = paragraph(
    "The BEQ measures a trait: how a person says that they usually express emotion. The model sees expressions in clips. " +
      "This report holds both against each other over participants. It says nothing about what any one person feels.",
  );
  if (size === "too-few-for-a-verdict")
    return [
      about,
      notice(
        `No verdict. The smallest of the three relations has ${counted(n, "participant")}; below ${minForVerdict} the numbers are shown without one.`,
      ),
    ];
  const shown = relations.flatMap((relation) => {
    const { estimate, interval, pHolm } = relation.correlation.pearson;
    const holds = estimate.defined && estimate.r > 0 && pHolm! < 0.05 && interval.defined && interval.low > 0;
    return holds ? [{ relation, estimate, pHolm }] : [];
  });
  const words = shown.map(
    ({ relation, estimate, pHolm }) =>
      `${pairName(relation)} (r = ${decimal(estimate.r)}, Holm's p ${pValue(pHolm).replace(/^(?=\d)/, "= ")})`,
  );
  const few = notice(
    `${n} participants are fewer than the ${enoughForMediumCorrelation} that find a correlation of 0.3 four times out of five (two-sided, level 0.05). What is not shown here may still exist.`,
  );
  return [
    about,
    paragraph(
      shown.length === 0
        ? "Verdict: none of the three relations is shown to be positive."
        : `Verdict: ${["", "one of the three relations is", "two of the three relations are", "all three relations are"][shown.length]} shown to be positive (Pearson's r, Holm's p below 0.05 and the interval above 0): ${words.join("; ")}.`,
    ),
    ...(size === "few" ? [few] : []),
  ];
}

/** Who took part, what is missing, how much of the faces was seen. Always shown. */
export function sampleSection({ counts, coverage, missing, relations, n }: Validation): Block[] {
  const rows: [string, string][] = [
    ["participants", String(counts.participants)],
    ...(counts.withoutConsent > 0
      ? [["left out: without recorded consent", String(counts.withoutConsent)] as [string, string]]
      : []),
    ["with a form", String(counts.withForm)],
    ["with indices from the model", String(counts.withIndices)],
    ["with all indices and all facets", String(counts.complete)],
    ...relations.map((relation): [string, string] => [`n of ${pairName(relation)}`, String(relation.n)]),
    ["face coverage, median", coverage === undefined ? "no clip" : percent(coverage.median)],
    ["face coverage, mean", coverage === undefined ? "no clip" : percent(coverage.mean)],
    ["face coverage, lowest", coverage === undefined ? "no clip" : percent(coverage.lowest)],
    ["without a clip at rest", String(counts.withoutRestingClip)],
    ["with several forms (the first is used)", String(counts.severalForms)],
    ["straight-lined forms (kept)", String(counts.straightLined)],
  ];
  return [
    heading(2, "Sample"),
    table(`The sample; the smallest n of a relation is ${n}`, ["", "number"], rows),
    ...(missing.length === 0
      ? [paragraph("Nothing is missing.")]
      : longTable(
          "What is missing; nothing is imputed",
          ["participant", "reason"],
          missing.map(({ participant, reason }) => [participant, reason]),
        )),
  ];
}

/** The questionnaire by itself. */
export function questionnaireSection({ reliability, people }: Validation): Block[] {
  return [
    heading(2, "Questionnaire"),
    table(
      "Reliability in this sample, over those who answered every item of the scale",
      ["scale", "n", "Cronbach's alpha", "McDonald's omega total"],
      scales.map((name) => {
        const { n, alpha, omega } = reliability[name];
        const shown = (value: number | undefined) => (value === undefined ? "not defined" : decimal(value));
        return [scaleTitle(name), String(n), shown(alpha), shown(omega)];
      }),
    ),
    ...reliabilityWarnings(reliability).map((text) => notice(text)),
    figures(distributions(people.flatMap(({ score }) => score ?? []))),
  ];
}

/** A plot of each facet and of the total. */
export function distributions(scores: readonly BeqScore[]): ReportFigure[] {
  return scales.map((name) => ({
    name: `distribution-${name}`,
    title: `Distribution of ${scaleTitle(name)}`,
    chart: {
      ...{ kind: "histogram", title: scaleTitle(name) },
      scores: scores.flatMap((score) => score[name] ?? []),
    },
  }));
}

const scales = [...facets, "total"] as const;
const scaleTitle = (name: (typeof scales)[number]) =>
  name === "total" ? "Total" : `${facetSigns[name]}, ${facetNames[name]}`;
