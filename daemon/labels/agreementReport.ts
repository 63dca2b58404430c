import { createHash } from "node:crypto";
import type { Agreement, TierAgreement } from "../../shared/protocol/agreement.ts";
import {
  reasonsOf,
  shownAgreement,
  type ShownPair,
  type ShownPairs,
} from "../../shared/labels/agreement/figures.ts";
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

/** Three decimals, or that it cannot be computed. */
export const shown = (value: number | null): string => (value === null ? "not defined" : value.toFixed(3));

/** A figure with its interval, as tables write it. */
export function ranged(value: number | null, interval: readonly [number, number] | null): string {
  return interval === null ? shown(value) : `${shown(value)} [${shown(interval[0])}, ${shown(interval[1])}]`;
}

function tierBlocks(tier: TierAgreement): Block[] {
  const agreement = shownAgreement(tier);
  const { overall, pairs, perLabel, confusion } = agreement;
  return [
    ...(overall.length === 0
      ? []
      : [
          table(
            "All annotators",
            ["figure", "value [95 %]"],
            overall.map(({ name, value, interval = null }) => [name, ranged(value, interval)]),
          ),
        ]),
    ...pairs.map(pairTable),
    ...reasonsOf(agreement).map((reason) => notice(reason)),
    ...(perLabel.length === 0
      ? []
      : [
          table(
            "By label: Fleiss' kappa of the label against all others",
            ["label", "kappa"],
            perLabel.map(({ name, value }) => [name, shown(value)]),
          ),
        ]),
    ...(confusion === undefined
      ? []
      : [
          table(
            "Confusion: steps over all pairs; rows the first of a pair, columns the second",
            ["", ...confusion.labels],
            confusion.counts.map((row, i) => [confusion.labels[i]!, ...row.map(String)]),
          ),
        ]),
  ];
}

function pairTable({ caption, columns, main, pairs }: ShownPairs): Block {
  const ofRange = pairs.some(({ interval }) => interval !== undefined) ? main : undefined;
  const cell = (value: number | null, i: number, interval: ShownPair["interval"] = null): string => {
    const { title, whole } = columns[i]!;
    if (title === ofRange) return ranged(value, interval);
    return whole ? String(value ?? "not defined") : shown(value);
  };
  return table(
    caption,
    ["pair", ...columns.map(({ title }) => (title === ofRange ? `${title} [95 %]` : title))],
    pairs.map(({ a, b, values, interval }) => [
      `${a}, ${b}`,
      ...values.map((value, i) => cell(value, i, interval)),
    ]),
  );
}

function clipTable({ tiers, byClip = [] }: Agreement): Block {
  return table(
    "One figure a tier",
    ["clip", "annotators", ...tiers.map((tier) => `${tier.tier}: ${shownAgreement(tier).headline.name}`)],
    byClip.map(({ clip, annotators, tiers: own }) => [
      ...[clip, annotators.join(", ")],
      ...own.map((tier) => shown(shownAgreement(tier).headline.value)),
    ]),
  );
}
