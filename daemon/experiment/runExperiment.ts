import { randomUUID } from "node:crypto";
import path from "node:path";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import {
  experimentSchema,
  planRuns,
  type Experiment,
  type PlannedRun,
} from "../../shared/protocol/experiment.ts";
import { parseDocumentFile } from "../documents/documentFile.ts";
import { readTextFile } from "../text/readTextFile.ts";
import { runAnalysis, type AnalysisContext } from "../analysis/run.ts";
import { findClips } from "./clips.ts";
import { likenessOf, type ComparedAnalysis } from "./comparison.ts";
import { isInside } from "../store/confined.ts";

/** One analysis that an experiment asks for. */
export interface PlannedAnalysis {
  readonly run: PlannedRun;
  readonly clip: string;
  /** The clip's path from the experiment's folder, with slashes: what tells clips of one name apart. */
  readonly name: string;
  /** From 1. */
  readonly repeat: number;
  readonly outDir: string;
}

/** @throws AppError `invalid_experiment` that names line and column of each fault; `media_not_found` for the file itself. */
export async function readExperiment(file: string): Promise<Experiment> {
  const { text } = await readTextFile(file).catch((cause: unknown) => {
    if (!isAppError(cause, "invalid_path")) throw cause;
    throw new AppError(
      "media_not_found",
      `There is no experiment file ${file} that can be read. Check its name.`,
      { cause },
    );
  });
  const kind = { schema: experimentSchema, code: "invalid_experiment", name: "experiment" } as const;
  return parseDocumentFile(text, kind).written;
}

/**
 * All analyses of an experiment: clip by clip, so that a stopped one has whole comparisons.
 * @param folder that clips are relative to
 * @param outDir gets a folder for each run
 * @throws AppError of {@link findClips}
 */
export async function planExperiment(
  experiment: Experiment,
  folder: string,
  outDir: string,
): Promise<PlannedAnalysis[]> {
  const clips = await findClips(folder, experiment.clips);
  const folders = clipFolders(clips);
  const repeats = Array.from({ length: experiment.repeats ?? 1 }, (_, i) => i + 1);
  return clips.flatMap((clip) =>
    planRuns(experiment).flatMap((run) =>
      repeats.map((repeat) => {
        const first = path.join(outDir, run.name, folders.get(clip)!);
        const own = repeat === 1 ? first : path.join(first, `repeat-${repeat}`);
        const name = path.relative(folder, clip).split(path.sep).join("/");
        return { run, clip, name, repeat, outDir: own };
      }),
    ),
  );
}

export interface ExperimentContext extends Omit<AnalysisContext, "onProgress" | "onFrame"> {
  readonly onProgress: (index: number, planned: PlannedAnalysis, progress: AnalysisProgress) => void;
  /** Each analysis as it ends. */
  readonly onEnd?: (index: number, row: ComparedAnalysis) => void;
}

/**
 * Runs the analyses one after another and compares each with the first run's of the same clip. One that fails is a row
 * with its reason; the others go on.
 * @throws the signal's reason on abort; what was finished stays in its folder.
 */
export async function runExperiment(
  plan: readonly PlannedAnalysis[],
  { onProgress, onEnd, ...context }: ExperimentContext,
): Promise<ComparedAnalysis[]> {
  const rows: ComparedAnalysis[] = [];
  /** By clip: the analysis that others are held against; by run and clip: the hash of the first repeat. */
  const measure = new Map<string, PlannedAnalysis>();
  const firstHash = new Map<string, string>();
  const add = (row: ComparedAnalysis): void => {
    onEnd?.(rows.length, row);
    rows.push(row);
  };
  for (const [index, planned] of plan.entries()) {
    const { run, clip, name, repeat, outDir } = planned;
    const row = { run: run.name, clip: name, repeat };
    const request = { id: randomUUID(), mediaPath: clip, outDir, pipeline: run.pipeline, config: run.config };
    try {
      const analysis = await runAnalysis(request, {
        ...context,
        onProgress: (progress) => onProgress(index, planned, progress),
      });
      const first = measure.get(clip);
      const likeness =
        first === undefined || first.run === run
          ? undefined
          : await likenessOf(path.join(first.outDir, "frames.jsonl"), path.join(outDir, "frames.jsonl"));
      if (first === undefined && run === plan[0]!.run) measure.set(clip, planned);
      const key = `${run.name}\0${clip}`;
      const hash = firstHash.get(key);
      if (repeat === 1) firstHash.set(key, analysis.resultSha256);
      add({
        ...row,
        analysis,
        ...(likeness !== undefined && { likeness }),
        ...(hash !== undefined && { repeats: hash === analysis.resultSha256 }),
      });
    } catch (error) {
      context.signal.throwIfAborted();
      add({ ...row, failure: toAppError(error).message });
    }
  }
  return rows;
}

/** A folder for each clip: its path from the folder that holds them all. No two clips have the same. */
function clipFolders(clips: readonly string[]): Map<string, string> {
  let shared = path.dirname(clips[0] ?? "");
  while (clips.some((clip) => !isInside(shared, clip)) && shared !== path.dirname(shared))
    shared = path.dirname(shared);
  return new Map(clips.map((clip) => [clip, path.relative(shared, clip).replaceAll(":", "")]));
}
