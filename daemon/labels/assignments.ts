import { readdir } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { AppError } from "../../shared/errors.ts";
import { assignClips, type AssignOptions } from "../../shared/labels/assign.ts";
import { assignmentsOfText } from "../../shared/labels/assignmentsFile.ts";
import { isBuiltIn } from "../../shared/labels/schemes/builtIn.ts";
import { isMediaName, isPictureName } from "../../shared/mediaTypes.ts";
import type { Assignments } from "../../shared/protocol/assignments.ts";
import type { MediaOptions } from "../media/ffmpeg.ts";
import { probeMedia } from "../media/probe.ts";
import { writeFileAtomic } from "../store/files.ts";
import { readTextFile } from "../text/readTextFile.ts";
import { openAllLabels, schemeFor } from "./labelFiles.ts";

export const assignmentsName = "assignments.yaml";

export interface Assigned {
  readonly file: string;
  readonly assignments: Assignments;
  /** Clips that were new. */
  readonly added: number;
  /** Clips that are assigned but not there. */
  readonly gone: readonly string[];
  /** Files that are no clips after all, and why. */
  readonly unreadable: readonly { readonly clip: string; readonly reason: string }[];
  readonly perAnnotator: readonly {
    readonly annotator: string;
    readonly clips: number;
    readonly minutes: number;
  }[];
}

export interface AssignFolderOptions extends MediaOptions, Partial<Omit<AssignOptions, "twice" | "seed">> {
  readonly twice?: number | undefined;
  readonly seed?: number | undefined;
  /** Forgets what was assigned before. */
  readonly anew?: boolean | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Used where neither the command nor an earlier file says. */
const defaults = { twice: 0.2, seed: 1, scheme: "emotions" } as const;

/**
 * Writes who labels which clip of a folder into its assignments.yaml; clips that were assigned stay with whom they have.
 *
 * @throws AppError `invalid_path`, `invalid_request` without annotators, `not_enough_data` without clips,
 *   `invalid_scheme`, `invalid_text` for an assignments.yaml that is none
 */
export async function assignFolder(folder: string, options: AssignFolderOptions): Promise<Assigned> {
  const file = path.join(folder, assignmentsName);
  const before = await readAssignments(folder);
  const annotators = options.annotators ?? before?.annotators;
  if (annotators === undefined)
    throw new AppError("invalid_request", "Name the annotators: --annotators a01,a02.");
  const scheme = options.scheme ?? before?.scheme ?? defaults.scheme;
  if (!isBuiltIn(scheme)) {
    const found = await schemeFor(file, scheme);
    if ("schemeProblem" in found) throw new AppError("invalid_scheme", found.schemeProblem);
  }
  const names = await clipsIn(folder);
  const clips: { clip: string; durationMs: number }[] = [];
  const unreadable: { clip: string; reason: string }[] = [];
  for (const [i, clip] of names.entries()) {
    options.signal?.throwIfAborted();
    try {
      const { durationMs } = await probeMedia(path.join(folder, clip), options);
      clips.push({ clip, durationMs });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      unreadable.push({ clip, reason: error.message });
    }
    options.onProgress?.(i + 1, names.length);
  }
  if (clips.length === 0)
    throw new AppError("not_enough_data", `${folder} holds no clip. Put video or sound files into it.`);
  const kept = options.anew === true ? {} : await withLabels(folder, annotators, before?.clips ?? {});
  const assignments = assignClips(
    clips,
    {
      ...{ annotators, scheme },
      twice: options.twice ?? before?.twice ?? defaults.twice,
      seed: options.seed ?? before?.seed ?? defaults.seed,
    },
    kept,
  );
  await writeFileAtomic(file, `${comment}\n${stringify(assignments)}`, { mode: 0o644 });
  return {
    ...{ file, assignments, unreadable },
    added: clips.filter(({ clip }) => !(clip in kept)).length,
    gone: Object.keys(kept).filter((clip) => !names.includes(clip)),
    perAnnotator: annotators.map((annotator) => {
      const own = clips.filter(({ clip }) => assignments.clips[clip]!.includes(annotator));
      const minutes = own.reduce((sum, { durationMs }) => sum + durationMs, 0) / 60_000;
      return { annotator, clips: own.length, minutes };
    }),
  };
}

/** Who began to label a clip goes on with it. */
async function withLabels(
  folder: string,
  annotators: readonly string[],
  assigned: Assignments["clips"],
): Promise<Assignments["clips"]> {
  const all = new Map(Object.entries(assigned));
  for (const { file, document } of await openAllLabels([folder], { orNone: true })) {
    const { annotator, media, gold } = document.head;
    const at = path.relative(folder, path.resolve(path.dirname(file), media.file)).replaceAll(path.sep, "/");
    const who = all.get(at) ?? [];
    if (gold !== true && annotators.includes(annotator) && !who.includes(annotator))
      all.set(at, [...who, annotator]);
  }
  return Object.fromEntries(all);
}

const comment =
  "# Who labels which clip. Edit it at will; `edin labels assign` adds new clips and leaves the others as they are.";

/** The assignments of a folder; undefined without any. @throws AppError `invalid_text` */
export async function readAssignments(folder: string): Promise<Assignments | undefined> {
  const file = path.join(folder, assignmentsName);
  const read = await readTextFile(file).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "invalid_path") return undefined;
    throw error;
  });
  if (read === undefined) return undefined;
  const found = assignmentsOfText(read.text);
  if ("assignments" in found) return found.assignments;
  throw new AppError("invalid_text", `${file}: ${found.problem} Mend it, or run edin labels assign --anew.`);
}

/** Clips of a folder and below, by their paths with /, sorted; hidden folders and results of EDIN are left out. */
async function clipsIn(folder: string, below = ""): Promise<string[]> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch((cause: unknown) => {
    throw new AppError("invalid_path", `${folder} is no folder that can be read. Check its name.`, { cause });
  });
  if (entries.some(({ name }) => name === "analysis.json")) return [];
  const found: string[] = [];
  for (const entry of entries) {
    const at = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    if (entry.isDirectory()) found.push(...(await clipsIn(folder, at)));
    else if (entry.isFile() && isMediaName(entry.name) && !isPictureName(entry.name)) found.push(at);
  }
  return found.sort();
}
