import { expressionLabels } from "../../../../shared/emotion/labels.ts";
import {
  categoryNames,
  type CategoryAgreement,
  type CategoryScores,
} from "../../../../shared/beq/validation/categories.ts";
import type { Validation } from "../../../../shared/beq/validation/validate.ts";
import type { PermutationBaseline } from "../../../../shared/stats/permutation.ts";
import { figures, heading, list, notice, paragraph, table, type Block } from "../document.ts";
import { decimal, facetSigns, interval, pairName, percent, pValue, range, reasons } from "../format.ts";
import type { ReportManifest } from "../manifest.ts";

/** (3) Agreement on the questionnaire's scale. */
export function scaleSection({ agreement }: Validation): Block[] {
  const undefinedReasons = reasons(agreement.flatMap(({ blandAltman, icc }) => [blandAltman, icc]));
  return [
    heading(2, "3. Agreement on the scale of the questionnaire"),
    paragraph(
      "An index has no unit of the questionnaire. Each participant's index is first mapped to 1 to 7 by the least squares line through all other participants; no one takes part in their own mapping. Only the mapped values are compared.",
    ),
    table(
      "Bland and Altman: mapped index less facet",
      ["relation", "n", "bias (95 % interval)", "lower limit (95 % interval)", "upper limit (95 % interval)"],
      agreement.map(({ n, blandAltman: limits, ...pair }) => {
        if (!limits.defined) return [pairName(pair), String(n), "not defined", "", ""];
        const [low, high] = limits.limits;
        const cell = (value: number, ends: readonly [number, number]) =>
          `${decimal(value)} (${range(...ends)})`;
        return [
          pairName(pair),
          String(n),
          cell(limits.bias, limits.biasInterval),
          cell(low, limits.lowerLimitInterval),
          cell(high, limits.upperLimitInterval),
        ];
      }),
    ),
    table(
      "ICC(2,1): absolute agreement, single measurements",
      ["relation", "n", "ICC", "95 % interval", "F", "df", "p"],
      agreement.map(({ n, icc, ...pair }) =>
        icc.defined
          ? [
              pairName(pair),
              String(n),
              decimal(icc.icc),
              range(...icc.interval),
              decimal(icc.f),
              `${icc.df1}, ${icc.df2}`,
              pValue(icc.p),
            ]
          : [pairName(pair), String(n), "not defined", "", "", "", ""],
      ),
    ),
    ...(undefinedReasons.length > 0
      ? [list(undefinedReasons.map((reason) => `Not defined: ${reason}`))]
      : []),
    figures(
      agreement.flatMap(({ blandAltman: limits, mapped, ...pair }) =>
        limits.defined
          ? [
              {
                name: `bland-altman-${pair.index}-${pair.facet}`,
                title: `Bland and Altman's plot of ${pairName(pair)}`,
                chart: {
                  kind: "bland-altman" as const,
                  title: pairName(pair),
                  first: mapped.map((one) => one.mapped),
                  second: mapped.map((one) => one.score),
                  limits,
                },
              },
            ]
          : [],
      ),
    ),
  ];
}

/** (4) Low, mid and high. */
export function categorySection({ categories }: Validation, { cutoffs }: ReportManifest): Block[] {
  const top = heading(2, "4. Low, mid and high");
  if (categories === undefined || cutoffs === undefined)
    return [
      top,
      notice(
        "No cut-offs were fixed beforehand (cutoffs.json in the study, or --cutoffs). Cut-offs chosen after the data are seen would fit them, so this part is left out.",
      ),
    ];
  const origin = [
    `Cut-offs: SHA-256 ${cutoffs.sha256}`,
    ...(cutoffs.fixedAt === undefined ? [] : [`fixed at ${cutoffs.fixedAt}, as the file says`]),
    ...(cutoffs.source === undefined ? [] : [`source: ${cutoffs.source}`]),
  ];
  return [
    top,
    paragraph(
      `${origin.join("; ")}. The mapped index of part 3 and the facet are cut at the same two values: below the first is low, from the second on high.`,
    ),
    table(
      "Agreement of the categories, beside what chance reaches",
      [
        "relation",
        "n",
        "cut-offs",
        "accuracy (Wilson 95 %)",
        "majority",
        "permuted accuracy (95 %), p",
        "balanced accuracy",
        "weighted kappa (BCa 95 %)",
        "permuted kappa (95 %), p",
      ],
      categories.map(categoryRow),
    ),
    paragraph(
      "Majority: the accuracy of always saying the most frequent category. Permuted: the scores are dealt out anew among the participants and the whole way is repeated, mapping included; p is the share at least as good. Balanced accuracy: mean recall of the categories that occur. Kappa has quadratic weights.",
    ),
    table(
      "Participants by category: questionnaire down, model across",
      ["relation", "questionnaire", ...categoryNames.map((name) => `model ${name}`)],
      categories.flatMap(({ result, ...pair }) =>
        result.defined
          ? categoryNames.map((name, row) => [pairName(pair), name, ...result.confusion[row]!.map(String)])
          : [],
      ),
    ),
    ...categories.flatMap(({ result, ...pair }) =>
      result.defined ? [] : [paragraph(`${pairName(pair)}: not defined. ${result.reason}`)],
    ),
    heading(3, "Agreement % in the sense of the thesis"),
    paragraph(
      "Definition: the share of participants whose category (low, mid, high) from the model equals their category from the questionnaire. It is the accuracy above under another name, it knows no chance level of its own, and it stands here only so that the number can be found.",
    ),
    list(
      categories.map(
        ({ result, ...pair }) =>
          `${pairName(pair)}: ${result.defined ? `${percent(result.accuracy)}; always saying the most frequent category reaches ${percent(result.majority)}` : "not defined"}`,
      ),
    ),
  ];
}

/** The separate test of what people said in the moment. */
export function momentarySection({ momentary }: Validation): Block[] {
  const top = [
    heading(2, "Momentary self-report"),
    paragraph(
      "A separate test, of another question: for a part of a clip, the label that the person gave to what they felt, against the model's label (greatest mean probability over the part). The BEQ takes no part in it.",
    ),
  ];
  if (!momentary.defined) return [...top, paragraph(`Not defined: ${momentary.reason}`)];
  const { participants, segments, unseen, accuracy, kappa, kappaInterval, confusion } = momentary;
  const used = expressionLabels
    .map((_, k) => k)
    .filter((k) => confusion[k]!.some((n) => n > 0) || confusion.some((row) => row[k]! > 0));
  return [
    ...top,
    table(
      "Agreement of the labels",
      ["", "number"],
      [
        ["participants", String(participants)],
        ["segments", String(segments)],
        ["segments without a trusted face (in no figure)", String(unseen)],
        ["same label", percent(accuracy)],
        ["Cohen's kappa", kappa === undefined ? "not defined: both say one label always" : decimal(kappa)],
        [
          "95 % interval, participants drawn whole",
          kappaInterval === undefined ? "not defined: it needs two participants" : range(...kappaInterval),
        ],
      ],
    ),
    table(
      "Segments, said down, model across",
      ["", ...used.map((k) => expressionLabels[k]!)],
      used.map((row) => [expressionLabels[row]!, ...used.map((column) => String(confusion[row]![column]))]),
    ),
  ];
}

function categoryRow({ n, cutoffs, result, ...pair }: CategoryAgreement): string[] {
  const start = [pairName(pair), String(n), `${facetSigns[pair.facet]} ${cutoffs.join(" and ")}`];
  return result.defined ? [...start, ...scoreCells(result)] : [...start, "not defined", "", "", "", "", ""];
}

function scoreCells(scores: CategoryScores): string[] {
  const { accuracy, accuracyInterval, majority, balancedAccuracy, kappa, kappaInterval } = scores;
  return [
    `${percent(accuracy)} (${percent(accuracyInterval[0])} to ${percent(accuracyInterval[1])})`,
    percent(majority),
    permuted(scores.permutedAccuracy, percent),
    percent(balancedAccuracy),
    kappa === undefined ? "not defined" : `${decimal(kappa)} (${interval(kappaInterval)})`,
    permuted(scores.permutedKappa, decimal),
  ];
}

function permuted(baseline: PermutationBaseline | undefined, shown: (value: number) => string): string {
  if (baseline === undefined) return "not defined";
  const [low, high] = baseline.interval;
  return `${shown(baseline.mean)} (${shown(low)} to ${shown(high)}), p ${pValue(baseline.p)}`;
}
