import { AppError } from "../../errors.ts";
import type { Scheme, Tier } from "../../protocol/scheme.ts";
import { annotationSegment, type AnnotationSegment } from "../../segments/segment.ts";
import type { LabelsDocument } from "../document.ts";
import { laneOf } from "../edits.ts";
import { tiersOfEntries } from "../scheme.ts";
import { counted } from "../../text/counted.ts";

/** A labels file that takes part. */
export interface ComparedFile {
  /** Name for messages. */
  readonly name: string;
  /** What tells its clip from others where the file gives no hash. */
  readonly clipPath: string;
  readonly document: LabelsDocument;
  /** Absent where it cannot be read. */
  readonly scheme?: Scheme;
}

/** What several annotators said of one clip. */
export interface LabelledClip {
  readonly clip: string;
  readonly durationMs: number;
  readonly byAnnotator: ReadonlyMap<string, LabelsDocument>;
}

export interface ComparedSet {
  readonly clips: readonly LabelledClip[];
  readonly annotators: readonly string[];
  readonly tiers: readonly Tier[];
  readonly notes: readonly string[];
}

/**
 * Files by clip, those of clips that two or more annotators labelled; gold files are left out.
 *
 * @throws AppError `conflict` for two files of one annotator and clip, `not_enough_data` where no clip has two annotators
 */
export function labelledSet(files: readonly ComparedFile[]): ComparedSet {
  const notes: string[] = [];
  const clips = new Map<
    string,
    { clip: string; durationMs: number; byAnnotator: Map<string, ComparedFile> }
  >();
  const taken = files.filter(({ document }) => document.head.gold !== true);
  if (taken.length < files.length)
    notes.push(`Left out: ${counted(files.length - taken.length, "gold file")}.`);
  for (const file of taken) {
    const { media, annotator } = file.document.head;
    const key = media.sha256 ?? file.clipPath;
    const clip = clips.get(key) ?? {
      clip: baseName(media.file),
      durationMs: 0,
      byAnnotator: new Map<string, ComparedFile>(),
    };
    clips.set(key, clip);
    const twin = clip.byAnnotator.get(annotator);
    if (twin !== undefined)
      throw new AppError(
        "conflict",
        `${twin.name} and ${file.name} are both of annotator ${annotator} and clip ${clip.clip}. Leave one out, or rename its annotator.`,
      );
    clip.byAnnotator.set(annotator, file);
    clip.durationMs = Math.max(clip.durationMs, media.durationMs, lastMs(file.document));
  }
  const shared = [...clips.values()].filter(({ byAnnotator }) => byAnnotator.size > 1);
  if (shared.length === 0)
    throw new AppError(
      "not_enough_data",
      `Agreement needs a clip that two annotators labelled; ${files.length} ${files.length === 1 ? "file was" : "files were"} given.`,
    );
  const alone = clips.size - shared.length;
  if (alone > 0) notes.push(`${alone} ${alone === 1 ? "clip" : "clips"} with one annotator left out.`);
  const used = shared.flatMap(({ byAnnotator }) => [...byAnnotator.values()]);
  for (const { name, document } of used)
    if (document.unreadable.length > 0)
      notes.push(
        `${name}: left out: ${counted(document.unreadable.length, "entry", "entries")} that cannot be read.`,
      );
  return {
    clips: shared
      .map(({ byAnnotator, ...rest }) => ({
        ...rest,
        byAnnotator: new Map([...byAnnotator].map(([annotator, { document }]) => [annotator, document])),
      }))
      .sort((a, b) => (a.clip < b.clip ? -1 : 1)),
    annotators: [...new Set(used.map(({ document }) => document.head.annotator))].sort(),
    tiers: tiersOf(used, notes),
    notes,
  };
}

/** Tiers of all schemes in their order, and those that only annotations know. */
export function tiersOf(files: readonly ComparedFile[], notes: string[]): Tier[] {
  const tiers = new Map<string, Tier>();
  for (const { scheme } of files)
    for (const tier of scheme?.tiers ?? []) {
      const known = tiers.get(tier.id);
      if (known === undefined) tiers.set(tier.id, tier);
      else if (known.kind !== tier.kind)
        throw new AppError(
          "conflict",
          `The tier ${tier.id} is of another kind in another scheme. Compare files of one scheme.`,
        );
    }
  const without = files.filter(({ scheme }) => scheme === undefined);
  if (without.length > 0)
    notes.push(
      `${without.map(({ name }) => name).join(", ")}: the scheme cannot be read; tiers are taken as their annotations are.`,
    );
  for (const { document } of files)
    for (const tier of tiersOfEntries(document, tiers.keys())) tiers.set(tier.id, tier);
  return [...tiers.values()];
}

/** Where the last annotation of a document ends; 0 without any. */
export function lastMs({ annotations }: LabelsDocument): number {
  return annotations.reduce((last, { startMs, endMs = startMs }) => Math.max(last, endMs), 0);
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
}

/** One line of a clip that is compared: a tier, or one face's part of it, as each annotator has it. */
export interface ComparedLane {
  readonly clip: LabelledClip;
  readonly face: number | undefined;
  readonly byAnnotator: ReadonlyMap<string, readonly AnnotationSegment[]>;
}

/** The lanes of a tier over clips: one a face where annotations name faces. */
export function comparedLanes(clips: readonly LabelledClip[], tier: string): ComparedLane[] {
  return clips.flatMap((clip) => {
    const lanes = new Map<
      string,
      { face: number | undefined; byAnnotator: Map<string, AnnotationSegment[]> }
    >();
    const annotators = [...clip.byAnnotator.keys()];
    const lane = (face: number | undefined) => {
      const key = laneOf({ tier, face });
      const known = lanes.get(key) ?? {
        face,
        byAnnotator: new Map(annotators.map((annotator): [string, AnnotationSegment[]] => [annotator, []])),
      };
      lanes.set(key, known);
      return known;
    };
    for (const [annotator, { annotations }] of clip.byAnnotator)
      for (const annotation of annotations)
        if (annotation.tier === tier)
          lane(annotation.face).byAnnotator.get(annotator)!.push(annotationSegment(annotation));
    if (lanes.size === 0) lane(undefined);
    return [...lanes.values()].map((one) => ({ clip, ...one }));
  });
}
