import { readdir } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../../shared/errors.ts";
import { comparedLanes, type LabelledClip } from "../../../shared/labels/agreement/clips.ts";
import { consensus, type TrueStretch } from "../../../shared/labels/dataset/consensus.ts";
import { grouped } from "../../../shared/labels/edits.ts";
import { expressionLabels, fusedLabels, speechLabels } from "../../../shared/emotion/labels.ts";
import { sourceOf, type Source } from "../../../shared/labels/sources.ts";
import { holds, type Tier } from "../../../shared/protocol/scheme.ts";
import { readRecords } from "../../../shared/table/readTable.ts";
import { readFolder } from "../../results/corrected.ts";
import { readAnalysis } from "../../results/readResult.ts";
import { readTextFile } from "../../text/readTextFile.ts";
import type { OpenedLabels } from "../labelFiles.ts";
import { tiersOfEntries } from "../../../shared/labels/scheme.ts";
import { counted } from "../../../shared/text/counted.ts";

export interface DatasetRequest {
  /** Folder of clips and labels. */
  readonly folder: string;
  readonly tier?: string | undefined;
  /** Table of `clip,subject[,face]`; `subjects.csv` of the folder where it is not given. */
  readonly subjects?: string | undefined;
  /** Folders of results that say where faces are, besides those in the folder. */
  readonly analyses?: string | undefined;
  readonly withUnsure?: boolean | undefined;
}

/** What is true of one lane of one clip. */
export interface PlannedLane {
  /** Path from the folder. */
  readonly clip: string;
  readonly file: string;
  readonly face: number | undefined;
  readonly subject: string;
  readonly stretches: readonly TrueStretch[];
  /** Folder of an analysis of the clip, where one is there. */
  readonly analysis: string | undefined;
}

export interface DatasetPlan {
  readonly tier: string;
  readonly kind: "pictures" | "sounds";
  readonly lanes: readonly PlannedLane[];
  readonly used: readonly OpenedLabels[];
  readonly notes: readonly string[];
}

/** What tiers of faces and of voices may say, to tell one from the other. */
const emotionLabels = {
  ...{ face: expressionLabels, fused: fusedLabels, voice: [...speechLabels, "contempt"] },
  ...{ blink: [], gaze_away: [], micro_expression: expressionLabels, speech: ["speech"] },
} as const satisfies Record<Source, readonly string[]>;

/**
 * What is to be cut out of which clips: of each clip the gold file, else what more than half of its annotators say.
 *
 * @throws AppError `not_found` for a tier that is not there, `not_enough_data` where nothing is labelled
 */
export async function planDataset(
  files: readonly OpenedLabels[],
  request: DatasetRequest,
): Promise<DatasetPlan> {
  const notes: string[] = [];
  const tier = chooseTier(files, request.tier, notes);
  const source = sourceOf(tier, emotionLabels);
  const kind = source === "voice" || source === "speech" ? "sounds" : "pictures";
  const subjects = await readSubjects(request);
  const analyses = kind === "pictures" ? await findAnalyses(request) : new Map<string, string>();
  const clips = grouped(files, ({ document, clipPath }) => document.head.media.sha256 ?? clipPath);
  const used: OpenedLabels[] = [];
  const lanes: PlannedLane[] = [];
  let settled = 0;
  for (const all of clips.values()) {
    const gold = all.filter(({ document }) => document.head.gold === true);
    if (gold.length > 1)
      throw new AppError(
        "conflict",
        `${gold.map(({ name }) => name).join(" and ")} are both gold. Keep one.`,
      );
    const truth = gold.length > 0 ? gold : all;
    if (gold.length === 0 && all.length > 1) settled++;
    used.push(...truth);
    const [{ clipPath, document }] = truth as [OpenedLabels];
    const clip = path.relative(request.folder, clipPath).replaceAll(path.sep, "/");
    const labelled: LabelledClip = {
      ...{ clip, durationMs: document.head.media.durationMs },
      byAnnotator: new Map(truth.map((file) => [file.document.head.annotator, file.document])),
    };
    for (const { face, byAnnotator } of comparedLanes([labelled], tier.id)) {
      const stretches = consensus([...byAnnotator.values()], { withUnsure: request.withUnsure === true });
      if (stretches.length === 0) continue;
      lanes.push({
        ...{ clip, file: clipPath, face, stretches },
        subject: subjects.of(clip, face),
        analysis: analyses.get(document.head.media.sha256 ?? ""),
      });
    }
  }
  if (lanes.length === 0)
    throw new AppError(
      "not_enough_data",
      `Nothing on the tier ${tier.id} counts as true: it is empty, or annotators do not agree. Label more, or settle it in gold files.`,
    );
  if (settled > 0)
    notes.push(
      `Of ${counted(clips.size, "clip")} ${settled} with several annotators and no gold file: what more than half of them say counts.`,
    );
  notes.push(...subjects.notes(lanes));
  return { tier: tier.id, kind, lanes, used, notes };
}

function chooseTier(files: readonly OpenedLabels[], asked: string | undefined, notes: string[]): Tier {
  const tiers = new Map<string, Tier>();
  for (const { scheme } of files)
    for (const tier of scheme?.tiers ?? []) if (!tiers.has(tier.id)) tiers.set(tier.id, tier);
  for (const { document } of files)
    for (const tier of tiersOfEntries(document, tiers.keys())) tiers.set(tier.id, tier);
  const intervals = [...tiers.values()].filter((tier) => holds(tier) === "stretches");
  const used = intervals.filter(({ id }) =>
    files.some(({ document }) => document.annotations.some((one) => one.tier === id)),
  );
  const names = intervals.map(({ id }) => id).join(", ");
  const tier = asked === undefined ? (used[0] ?? intervals[0]) : tiers.get(asked);
  if (tier === undefined || holds(tier) !== "stretches")
    throw new AppError(
      "not_found",
      `A dataset is made of a tier of stretches${asked === undefined ? "" : `, and ${asked} is none`}. Tiers of stretches: ${names || "none"}.`,
    );
  const others = used.filter((one) => one !== tier).map(({ id }) => id);
  if (asked === undefined && others.length > 0)
    notes.push(`Of the tier ${tier.id}; --tier chooses another (${others.join(", ")}).`);
  return tier;
}

interface Subjects {
  of(clip: string, face: number | undefined): string;
  notes(lanes: readonly PlannedLane[]): string[];
}

async function readSubjects({ folder, subjects: given }: DatasetRequest): Promise<Subjects> {
  const file = given ?? path.join(folder, "subjects.csv");
  const read = await readTextFile(file).catch((error: unknown) => {
    if (given === undefined && error instanceof AppError && error.code === "invalid_path") return undefined;
    throw error;
  });
  const rows = read === undefined ? [] : readRecords(read.text, ["clip", "subject"]);
  const known = new Map(rows.map((row) => [`${row.clip}\n${row["face"] ?? ""}`, row.subject]));
  const named = (clip: string, face: number | undefined) =>
    known.get(`${clip}\n${face ?? ""}`) ?? known.get(`${clip}\n`);
  return {
    of: (clip, face) => named(clip, face) ?? (face === undefined ? clip : `${clip} face ${face}`),
    notes(lanes) {
      const unnamed = lanes.filter(({ clip, face }) => named(clip, face) === undefined).length;
      return unnamed === 0
        ? []
        : [
            `${unnamed} of ${lanes.length} faces or voices are in no subjects.csv (clip,subject[,face]): each counts as a person of its own. Name who is in several clips, or the split is not by person.`,
          ];
    },
  };
}

/** Analyses by the hash of their clip, in the folder and below, and where else is said. */
async function findAnalyses({ folder, analyses }: DatasetRequest): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const look = async (at: string): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true });
    if (entries.some(({ name }) => name === "analysis.json")) {
      const folder = await readFolder(at);
      const { media } = await readAnalysis(folder);
      if (!found.has(media.sha256)) found.set(media.sha256, folder);
      return;
    }
    for (const entry of entries)
      if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
        await look(path.join(at, entry.name));
  };
  if (analyses !== undefined) await look(analyses);
  await look(folder);
  return found;
}
