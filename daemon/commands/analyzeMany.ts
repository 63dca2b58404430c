import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import { isMediaName, isPictureName } from "../../shared/mediaTypes.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import { printable } from "../../shared/text/printable.ts";
import { findClips } from "../experiment/clips.ts";
import { readAnalysis } from "../results/readResult.ts";
import { printTable } from "./output.ts";
import { resultFolderIn } from "./resultFolder.ts";

/** One clip of many, and how its analysis ended. */
export interface ClipOutcome {
  readonly mediaPath: string;
  readonly outDir: string;
  readonly state: "done" | "done before" | "failed" | "cancelled";
  readonly analysis?: Analysis;
  readonly failure?: string;
}

/**
 * The clips that arguments name: files, patterns, and folders, of which each clip counts; a folder of nothing but pictures is one
 * clip. Each once, in the order of the arguments.
 * @throws AppError `media_not_found` for an argument that names nothing
 */
export async function clipsOf(asked: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const one of asked) {
    const clips = await clipsOfOne(one);
    if (clips.length === 0)
      throw new AppError(
        "media_not_found",
        `${one} names no clip. Check the name, and put patterns in quotes.`,
      );
    for (const clip of clips) found.add(clip);
  }
  return [...found];
}

async function clipsOfOne(asked: string): Promise<string[]> {
  const entry = await stat(asked).catch(() => undefined);
  if (entry?.isDirectory() === true) {
    const names = (await readdir(asked))
      .filter((name) => isMediaName(name) && !name.startsWith("."))
      .toSorted();
    const folder = path.resolve(asked);
    if (names.length > 0 && names.every(isPictureName)) return [folder];
    return names.filter((name) => !isPictureName(name)).map((name) => path.join(folder, name));
  }
  if (entry !== undefined || !/[*?]/.test(asked)) return [path.resolve(asked)];
  try {
    return await findClips(process.cwd(), [asked]);
  } catch (error) {
    if (isAppError(error, "media_not_found")) return [];
    throw error;
  }
}

export interface ManyOptions {
  /** Clips at a time. */
  readonly jobs: number;
  /** Analyse again what has results. */
  readonly again: boolean;
  /** The folder in which each clip gets its folder of results. */
  readonly base: string;
  readonly signal: AbortSignal;
  readonly run: (mediaPath: string, outDir: string) => Promise<Analysis>;
}

/**
 * Analyses clips, some at a time. One that fails does not keep the others from being analysed. What has results in its folder
 * is passed over.
 */
export async function analyzeMany(clips: readonly string[], options: ManyOptions): Promise<ClipOutcome[]> {
  const { jobs, again, base, signal, run } = options;
  const taken = new Set<string>();
  const outcomes: ClipOutcome[] = [];
  const waiting: { at: number; mediaPath: string; outDir: string }[] = [];
  for (const [at, mediaPath] of clips.entries()) {
    const { folder: outDir, done } = await resultFolderIn(base, mediaPath, taken);
    taken.add(outDir);
    if (done && !again) outcomes[at] = await doneBefore(mediaPath, outDir);
    else waiting.push({ at, mediaPath, outDir });
  }
  let ended = clips.length - waiting.length;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { at, mediaPath, outDir } = next;
      outcomes[at] = signal.aborted
        ? { mediaPath, outDir, state: "cancelled" }
        : await attempt(run, mediaPath, outDir, signal);
      ended++;
      process.stderr.write(
        `${ended} of ${clips.length}: ${printable(path.basename(mediaPath))}, ${outcomes[at].state}\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return outcomes;
}

async function doneBefore(mediaPath: string, outDir: string): Promise<ClipOutcome> {
  // An older or damaged result is passed over all the same; its figures are left out.
  const analysis = await readAnalysis(outDir).catch(() => undefined);
  return { mediaPath, outDir, state: "done before", ...(analysis && { analysis }) };
}

async function attempt(
  run: ManyOptions["run"],
  mediaPath: string,
  outDir: string,
  signal: AbortSignal,
): Promise<ClipOutcome> {
  try {
    return { mediaPath, outDir, state: "done", analysis: await run(mediaPath, outDir) };
  } catch (error) {
    if (signal.aborted) return { mediaPath, outDir, state: "cancelled" };
    return { mediaPath, outDir, state: "failed", failure: toAppError(error).message };
  }
}

/** How each clip ended, as a table. */
export function printOutcomes(outcomes: readonly ClipOutcome[]): void {
  printTable(
    ["CLIP", "", "FACES", "EMOTION", "FRAMES", "A SECOND", "RESULTS"],
    outcomes.map(({ mediaPath, outDir, state, analysis, failure }) => {
      // Of sound alone there is nothing to count.
      const seen = analysis?.media.video && analysis;
      const longest = analysis?.tracks.toSorted((a, b) => b.frames - a.frames)[0];
      return [
        ...[printable(path.basename(mediaPath)), state],
        seen === undefined ? "" : String(seen.tracks.length),
        longest?.dominant ?? "",
        seen === undefined ? "" : String(seen.summary.frames),
        seen === undefined ? "" : seen.run.framesPerSecond.toFixed(0),
        printable(failure ?? path.relative(process.cwd(), outDir)),
      ];
    }),
  );
}
