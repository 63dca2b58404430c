import { indexNames, maxNeutralShare } from "../../../../shared/beq/indices.ts";
import { facets } from "../../../../shared/beq/items.ts";
import type { Validation } from "../../../../shared/beq/validation/validate.ts";
import { heading, list, longTable, paragraph, table, type Block } from "../document.ts";
import { decimal, facetSigns, indexSigns, percent } from "../format.ts";
import type { ReportManifest } from "../manifest.ts";

/** How every number came about, with its source. */
export function methodSection({ options }: ReportManifest): Block[] {
  return [
    heading(2, "Method"),
    list([
      "Unit: the participant. Frames of all clips with the role stimulus are pooled; the main face of a clip is the track that is there in most frames. A frame is trusted where that face is not of low quality and has an emotion.",
      `A participant has indices when at least ${percent(options.minCoverage)} of the frames are trusted.`,
      `Baseline: the mean emotion over the person's clip at rest in the same session, else in another of their sessions. Fall-back where there is none: the mean over the ${percent(maxNeutralShare)} of the person's own frames in which p(neutral) is highest; the table of participants marks it.`,
      "E_pos: mean over frames of max(0, p(happy) - baseline). E_neg: the same, averaged over angry, fear, sad and disgust. E_imp: 95th percentile of the Euclidean change of the emotion vector between successive frames, per second; a baseline cancels in it. E_tot: mean of the three, each standardised over participants.",
      "BEQ (Gross and John 1995, 1997): facets are means of their items after reversal and need 75 % of them; nothing is imputed; the total is the mean of the facets. Of several forms the one completed first counts.",
      `Intervals of correlations and of weighted kappa: bias-corrected and accelerated bootstrap over participants (Efron 1987), ${options.draws} resamples, seed ${options.seed}. Adjustment: Holm (1979).`,
      "Comparison of dependent correlations: Steiger (1980), equations 14 and 15, with the mean of the two correlations in their covariance. Multitrait matrix: Campbell and Fiske (1959).",
      "Limits of agreement and their intervals: Bland and Altman (1986). ICC(2,1): Shrout and Fleiss (1979). Accuracy: Wilson (1927). Weighted kappa: Cohen (1968). Permutation p: Phipson and Smyth (2010).",
    ]),
  ];
}

/** One line a participant: the numbers behind the charts. */
export function participantSection({ people }: Validation): Block[] {
  const shown = (value: number | undefined, places: number) =>
    value === undefined ? "none" : decimal(value, places);
  return [
    heading(2, "Participants"),
    ...longTable(
      "Indices, facets and coverage",
      [
        "participant",
        ...indexNames.map((name) => indexSigns[name]),
        ...facets.map((name) => facetSigns[name]),
        "total",
        "clips",
        "face coverage",
        "baseline",
        "remarks",
      ],
      people.map((person) => [
        person.id,
        ...indexNames.map((name) => shown(person.indices?.[name], name === "imp" ? 2 : 4)),
        ...facets.map((name) => shown(person.score?.[name], 2)),
        shown(person.score?.total, 2),
        String(person.clips),
        person.clips === 0 ? "no clip" : percent(person.coverage),
        person.clips === 0 ? "" : person.baseline === "resting-clip" ? "clip at rest" : "most neutral frames",
        [
          ...(person.score?.straightLined === true ? ["every answer the same"] : []),
          ...(person.responses > 1 ? [`${person.responses} forms`] : []),
          ...(person.otherFaces ? ["another face in the picture"] : []),
        ].join(", "),
      ]),
    ),
  ];
}

/** What the report was made of: versions, seed and files. */
export function manifestSection(manifest: ReportManifest): Block[] {
  const { edin, node, study, options, covariates, cutoffs, models, analyses } = manifest;
  return [
    heading(2, "Manifest"),
    table(
      "What made this report",
      ["", ""],
      [
        ["EDIN", edin],
        ["Node", node],
        ["study", study.id],
        ["SHA-256 of the study", study.sha256],
        ["seed", String(options.seed)],
        ["resamples", String(options.draws)],
        ["least face coverage", percent(options.minCoverage)],
        ["covariates", covariates.join(", ") || "none"],
        ["SHA-256 of the cut-offs", cutoffs?.sha256 ?? "no cut-offs"],
        ["analyses", `${analyses.length}; their hashes are in report.json`],
      ],
    ),
    models.length === 0
      ? paragraph("No analysis took part.")
      : table(
          "Networks behind the analyses",
          ["task", "network", "SHA-256"],
          models.map(({ task, id, sha256 }) => [task, id, sha256]),
        ),
  ];
}
