import { createHash } from "node:crypto";
import type {
  Agreement,
  Figure as Value,
  IntervalTierAgreement,
  PointTierAgreement,
  TierAgreement,
  TraceTierAgreement,
} from "../../shared/protocol/agreement.ts";
import { formatLabels } from "../../shared/labels/document.ts";
import { heading, list, notice, paragraph, table, type Block } from "../beq/report/document.ts";
import { toHtml } from "../beq/report/html.ts";
import { toMarkdown } from "../beq/report/markdown.ts";
import type { Report } from "../beq/report/report.ts";
import { version } from "../version.ts";
import type { OpenedLabels } from "./labelFiles.ts";
import { counted } from "../../shared/text/counted.ts";

/** What a repetition of the figures needs to know. */
export interface AgreementManifest {
  readonly edin: string;
  readonly node: string;
  readonly files: readonly {
    readonly name: string;
    readonly annotator: string;
    readonly clip: string;
    /** Of the file's content as EDIN writes it. */
    readonly sha256: string;
    /** Labelled without sight of model and colleagues from its begin to its end. */
    readonly blind: boolean;
    readonly done: boolean;
  }[];
}

/** What was compared: the files with their hashes, and the version. */
export function agreementManifest(files: readonly OpenedLabels[]): AgreementManifest {
  return {
    edin: version,
    node: process.version,
    files: files.map(({ name, document }) => ({
      name,
      annotator: document.head.annotator,
      clip: document.head.media.file,
      sha256: createHash("sha256").update(formatLabels(document)).digest("hex"),
      blind: document.head.blind === true && document.head.unblinded === undefined,
      done: document.head.done !== undefined,
    })),
  };
}

/** Writes the agreement up in every form. */
export function agreementReport(agreement: Agreement, manifest: AgreementManifest): Report {
  const { clips, annotators, stepMs, unlabelled, notes, tiers, byClip = [] } = agreement;
  const blocks: Block[] = [
    heading(1, "Agreement of annotators"),
    paragraph(
      `${counted(annotators.length, "annotator")} (${annotators.join(", ")}) of ${counted(clips.length, "clip")}. ` +
        `Clips are read every ${stepMs} ms; time without an annotation ${unlabelled === "category" ? "is a label of its own, (none)" : "is left out"}.`,
    ),
    list(notes),
    ...tiers.flatMap((tier) => [heading(2, `Tier ${tier.tier}`), ...tierBlocks(tier)]),
    ...(byClip.length === 0 ? [] : [heading(2, "Clip by clip"), clipTable(agreement)]),
    heading(2, "Method"),
    list([
      "Time: Cohen's kappa (1960) a pair; Fleiss' kappa (1971), for items with unequal numbers of annotators as Gwet (2014) extends it; Krippendorff's alpha (2004), nominal.",
      "Events: annotations match where they share 60 % of the longer one, best first, one to one (Holle and Rein 2013); F1 counts the same label with an intersection over union of .5 or more. Gamma: Mathet, Widlocher and Metivier (2015), combined dissimilarity with alpha, beta and delta-empty 1, chance by 30 shuffled continua.",
      "Traces: intraclass correlations of Shrout and Fleiss (1979), Krippendorff's alpha with the interval metric, Lin's concordance (1989).",
      "Intervals: 95 %, percentiles of the bootstrap over clips; with one clip over blocks of time (Kunsch 1989).",
    ]),
    heading(2, "Files"),
    table(
      "Labels that were compared",
      ["file", "annotator", "clip", "blind", "done", "SHA-256"],
      manifest.files.map(({ name, annotator, clip, sha256, blind, done }) => [
        ...[name, annotator, clip, blind ? "yes" : "no", done ? "yes" : "no", sha256.slice(0, 16)],
      ]),
    ),
    paragraph(`EDIN ${manifest.edin}, Node ${manifest.node}.`),
  ];
  return {
    blocks,
    markdown: toMarkdown(blocks),
    html: toHtml("Agreement of annotators", blocks),
    json: `${JSON.stringify({ schemaVersion: 1, manifest, ...agreement }, null, 2)}\n`,
    charts: [],
  };
}

function tierBlocks(tier: TierAgreement): Block[] {
  if (tier.kind === "interval") return intervalBlocks(tier);
  return tier.kind === "point" ? pointBlocks(tier) : traceBlocks(tier);
}

/** Three decimals; what cannot be computed is a dash. */
export const shown = (value: number | null): string => (value === null ? "not defined" : value.toFixed(3));

/** A figure with its interval, as tables write it. */
export function ranged(value: number | null, interval: readonly [number, number] | null): string {
  return interval === null ? shown(value) : `${shown(value)} [${shown(interval[0])}, ${shown(interval[1])}]`;
}

function reasons(...values: readonly { readonly reason?: string | undefined }[]): Block[] {
  const told = [...new Set(values.flatMap(({ reason }) => reason ?? []))];
  return told.map((reason) => notice(reason));
}

function intervalBlocks({ time, events, confusion }: IntervalTierAgreement): Block[] {
  const { fleiss, alpha } = time;
  const overall: [string, Value][] = [
    ["Fleiss' kappa", { value: fleiss.kappa, interval: fleiss.interval }],
    ["Krippendorff's alpha", alpha],
    ["gamma", events.gamma],
  ];
  return [
    table(
      "All annotators",
      ["figure", "value [95 %]"],
      overall.map(([name, { value, interval }]) => [name, ranged(value, interval)]),
    ),
    ...reasons(fleiss, alpha, events.gamma),
    table(
      "Pairs, over time",
      ["pair", "steps", "agreement", "kappa [95 %]"],
      time.pairs.map(({ a, b, n, agreement, kappa, interval }) => [
        ...[`${a}, ${b}`, String(n), shown(agreement), ranged(kappa, interval)],
      ]),
    ),
    ...reasons(...time.pairs),
    table(
      "Pairs, by annotation",
      [
        "pair",
        "matched",
        "first only",
        "second only",
        "agreement",
        "kappa",
        "kappa with unmatched",
        "F1 at .5",
      ],
      events.pairs.map((pair) => [
        ...[`${pair.a}, ${pair.b}`, String(pair.matched), String(pair.unmatchedA), String(pair.unmatchedB)],
        ...[pair.agreement, pair.kappa, pair.kappaWithUnmatched, pair.f1At50].map(shown),
      ]),
    ),
    ...reasons(...events.pairs),
    table(
      "By label: Fleiss' kappa of the label against all others",
      ["label", "kappa"],
      time.perLabel.map(({ label, kappa }) => [label, shown(kappa)]),
    ),
    table(
      "Confusion: steps over all pairs; rows the first of a pair, columns the second",
      ["", ...confusion.labels],
      confusion.counts.map((row, i) => [confusion.labels[i]!, ...row.map(String)]),
    ),
  ];
}

function pointBlocks({ pairs, toleranceMs }: PointTierAgreement): Block[] {
  return [
    table(
      `Pairs: moments with the same label within ${toleranceMs} ms are one`,
      ["pair", "matched", "first only", "second only", "F1", "second later by, ms"],
      pairs.map(({ a, b, matched, onlyA, onlyB, f1, meanOffsetMs }) => [
        ...[`${a}, ${b}`, String(matched), String(onlyA), String(onlyB), shown(f1)],
        meanOffsetMs === null ? "not defined" : meanOffsetMs.toFixed(0),
      ]),
    ),
    ...reasons(...pairs),
  ];
}

function traceBlocks({ icc, alpha, pairs }: TraceTierAgreement): Block[] {
  const forms = [
    ["ICC(2,1), absolute agreement of one annotator", icc.icc21],
    ["ICC(2,k), of their mean", icc.icc2k],
    ["ICC(3,1), consistency of one annotator", icc.icc31],
    ["ICC(3,k), of their mean", icc.icc3k],
  ] as const;
  return [
    table(
      "All annotators",
      ["figure", "value [95 %]"],
      [
        ...forms.map(([name, value]) => [name, shown(value)]),
        ["Krippendorff's alpha, interval", ranged(alpha.value, alpha.interval)],
      ],
    ),
    ...reasons(icc, alpha),
    table(
      "Pairs",
      ["pair", "values", "r", "concordance", "best lag, ms"],
      pairs.map(({ a, b, n, pearson, ccc, bestLagMs }) => [
        ...[
          `${a}, ${b}`,
          String(n),
          shown(pearson),
          shown(ccc),
          bestLagMs === null ? "not defined" : bestLagMs.toFixed(0),
        ],
      ]),
    ),
    ...reasons(...pairs),
  ];
}

/** The figure that stands for a tier. */
export function headline(tier: TierAgreement): { readonly name: string; readonly value: number | null } {
  if (tier.kind === "interval") return { name: "alpha", value: tier.time.alpha.value };
  if (tier.kind === "trace") return { name: "alpha (interval)", value: tier.alpha.value };
  const known = tier.pairs.flatMap(({ f1 }) => f1 ?? []);
  return { name: "mean F1", value: known.length === 0 ? null : known.reduce((a, b) => a + b) / known.length };
}

function clipTable({ tiers, byClip = [] }: Agreement): Block {
  return table(
    "One figure a tier",
    ["clip", "annotators", ...tiers.map((tier) => `${tier.tier}: ${headline(tier).name}`)],
    byClip.map(({ clip, annotators, tiers: own }) => [
      ...[clip, annotators.join(", ")],
      ...own.map((tier) => shown(headline(tier).value)),
    ]),
  );
}
