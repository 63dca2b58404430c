import { isCounted } from "../../../shared/beq/counted.ts";
import { createHash } from "node:crypto";
import { wholeClip, type Participant, type StudySession } from "../../../shared/protocol/studyFile.ts";
import type { StudyTable, TableCell, TableSettings } from "../../../shared/protocol/studyTable.ts";
import {
  baselineOf,
  measureCell,
  type Baseline,
  type Occurrence,
} from "../../../shared/study/measureCell.ts";
import { measuresOf, noArousal, someArousal, type Measure } from "../../../shared/study/measures.ts";
import type { StudySource } from "../../beq/studySource.ts";
import { version } from "../../version.ts";
import { readClip, type ReadClip } from "./readClip.ts";
import { counted } from "../../../shared/text/counted.ts";

type Linked = StudySession["analyses"][number] & { readonly session: string };

/** Where the occurrences of a cell come together. */
interface OpenCell {
  readonly cell: Pick<TableCell, "participant" | "condition" | "stimulus" | "clip" | "event">;
  readonly clips: Set<string>;
  readonly occurrences: { readonly occurrence: Occurrence; readonly session: string }[];
}

/**
 * Makes the table of a study: one person's clips are read at a time.
 * @throws AppError see {@link readClip}
 */
export async function tabulate(
  source: StudySource,
  settings: TableSettings,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<StudyTable> {
  const { study } = source;
  const measures = measuresOf(settings.threshold);
  const models = new Map<string, StudyTable["manifest"]["models"][number]>();
  const analyses: StudyTable["manifest"]["analyses"] = [];
  const made: Pick<StudyTable, "cells" | "values" | "changes"> = { cells: [], values: [], changes: [] };
  const notes: string[] = [];
  const clipsOf = { all: 0, aroused: 0 };
  for (const [i, person] of study.participants.entries()) {
    const clips = new Map<string, ReadClip>();
    if (!isCounted(study, person)) {
      notes.push(`${person.id} has not given consent and is left out.`);
      continue;
    }
    for (const { id, face } of linkedClips(person).filter(isMeasured)) {
      const clip = await readClip(source, id, { participant: person.id, face });
      clips.set(id, clip);
      clipsOf.all++;
      if (clip.signals.has("face.arousal")) clipsOf.aroused++;
      const { models: used, resultSha256, versions } = clip.analysis;
      for (const model of used) models.set(`${model.task} ${model.sha256}`, model);
      analyses.push({ id, resultSha256, edin: versions["edin"] ?? "" });
    }
    addPerson(person, clips, { settings, measures, made, notes });
    onProgress(i + 1, study.participants.length);
  }
  const { all, aroused } = clipsOf;
  if (aroused < all || all === 0) notes.unshift(aroused === 0 ? noArousal : someArousal(all - aroused));
  return {
    schemaVersion: 1,
    study: {
      id: study.id,
      name: study.name,
      sha256: createHash("sha256").update(JSON.stringify(study)).digest("hex"),
    },
    settings,
    conditions: [...new Set(made.cells.map(({ condition }) => condition))],
    events: [...new Set(made.cells.map(({ event }) => event))],
    participants: study.participants.map(({ id, covariates }) => ({ id, covariates })),
    measures,
    ...made,
    notes,
    manifest: { edin: version, node: process.version, models: [...models.values()], analyses },
  };
}

const linkedClips = ({ sessions }: Participant): Linked[] =>
  sessions.flatMap((session) => session.analyses.map((one) => ({ ...one, session: session.id })));

/** Clips of the role `other` are read only where they have a condition. */
const isMeasured = ({ role, condition }: Linked): boolean => role !== "other" || condition !== undefined;
/** A clip at rest is a cell of its own only where it has a condition. */
const hasCells = ({ role, condition }: Linked): boolean => role === "stimulus" || condition !== undefined;

interface Tabulating {
  readonly settings: TableSettings;
  readonly measures: readonly Measure[];
  readonly made: Pick<StudyTable, "cells" | "values" | "changes">;
  readonly notes: string[];
}

function addPerson(
  person: Participant,
  clips: ReadonlyMap<string, ReadClip>,
  { settings, measures, made, notes }: Tabulating,
): void {
  const linked = linkedClips(person);
  const left = linked.filter((one) => !isMeasured(one)).length;
  if (left > 0)
    notes.push(
      `${person.id}: left out: ${counted(left, "clip")} with neither the role of a stimulus nor a condition.`,
    );
  const measured = linked.filter(isMeasured);
  if (measured.length === 0) {
    notes.push(`${person.id}: no clip is linked.`);
    return;
  }
  const baselines = baselinesOf(measured, clips, settings, measures);
  if (baselines.size === 0) notes.push(`${person.id}: ${noBaseline(settings)}`);
  const [anyBaseline] = baselines.values();
  for (const { cell, occurrences, clips: ids } of cellsOf(
    person.id,
    measured.filter(hasCells),
    clips,
    settings,
  )) {
    const all = occurrences.map(({ occurrence }) => occurrence);
    const seconds = all.reduce((sum, { window }) => sum + (window.endMs - window.startMs) / 1000, 0);
    made.cells.push({ ...cell, clips: ids.size, occurrences: all.length, seconds: round(seconds) });
    made.values.push(measureCell(all, measures, settings.threshold).map(rounded));
    // Occurrences of one cell may lie in several sessions: the first has the say.
    const baseline = baselines.get(occurrences[0]!.session) ?? anyBaseline;
    made.changes.push(
      baseline === undefined
        ? measures.map(() => null)
        : measureCell(all, measures, settings.threshold, baseline).map(rounded),
    );
  }
}

const noBaseline = ({ baselineEvent }: TableSettings): string =>
  baselineEvent === undefined
    ? "no clip at rest, so nothing is taken off."
    : `no event is called ${baselineEvent}, so nothing is taken off.`;

/** The baseline of each session that has one. */
function baselinesOf(
  linked: readonly Linked[],
  clips: ReadonlyMap<string, ReadClip>,
  { baselineEvent }: TableSettings,
  measures: readonly Measure[],
): Map<string, Baseline> {
  const bySession = new Map<string, Occurrence[]>();
  for (const one of linked) {
    const clip = clips.get(one.id)!;
    const windows =
      baselineEvent === undefined
        ? one.role === "baseline"
          ? [clip]
          : []
        : eventsOf(one, clip).filter(({ name }) => name === baselineEvent);
    const known = bySession.get(one.session) ?? [];
    known.push(...windows.map(({ startMs, endMs }) => ({ clip, window: { startMs, endMs } })));
    if (known.length > 0) bySession.set(one.session, known);
  }
  return new Map(
    [...bySession].map(([session, occurrences]) => [session, baselineOf(occurrences, measures)]),
  );
}

function cellsOf(
  participant: string,
  linked: readonly Linked[],
  clips: ReadonlyMap<string, ReadClip>,
  { by }: TableSettings,
): OpenCell[] {
  const cells = new Map<string, OpenCell>();
  for (const one of linked) {
    const clip = clips.get(one.id)!;
    const whole = { name: wholeClip, startMs: clip.startMs, endMs: clip.endMs };
    for (const { name, startMs, endMs } of [whole, ...eventsOf(one, clip)]) {
      const cell = {
        participant,
        condition: one.condition ?? "",
        ...(by !== "condition" && { stimulus: one.stimulus ?? "" }),
        ...(by === "clip" && { clip: clip.analysis.media.name }),
        event: name,
      };
      const key = JSON.stringify([...Object.values(cell), by === "clip" ? one.id : ""]);
      let open = cells.get(key);
      if (open === undefined) cells.set(key, (open = { cell, clips: new Set(), occurrences: [] }));
      open.clips.add(one.id);
      open.occurrences.push({ occurrence: { clip, window: { startMs, endMs } }, session: one.session });
    }
  }
  return [...cells.values()];
}

/** The events of a clip: those that were written down, and the prompts and answers of an interview. */
function eventsOf(
  { spans = [] }: Linked,
  { analysis }: ReadClip,
): { name: string; startMs: number; endMs: number }[] {
  const spoken = analysis.events.flatMap(({ kind, label, startMs, endMs }) =>
    kind === "prompt" || kind === "answer"
      ? [{ name: label === undefined ? kind : `${kind}: ${label}`, startMs, endMs }]
      : [],
  );
  return [...spans, ...spoken];
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;
const rounded = (value: number | undefined): number | null => (value === undefined ? null : round(value));
