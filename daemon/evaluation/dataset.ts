import path from "node:path";
import { readRecords } from "../../shared/table/readTable.ts";
import { AppError, isAppError, type ErrorCode } from "../../shared/errors.ts";
import { readTextFile } from "../text/readTextFile.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { counted } from "../../shared/text/counted.ts";

/** What every measurement needs besides its networks. */
export interface EvaluationContext {
  readonly ffmpeg?: Ffmpeg | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A file of the set that could not be read; it counts nowhere else. */
export interface UnreadableFile {
  readonly path: string;
  readonly code: ErrorCode;
  readonly reason: string;
}

/**
 * Reads every file of a set, `lanes` at a time. One that cannot be read is listed and does not end the work.
 *
 * @param read gets the lane that it reads in, from 0; there is one file in a lane at a time
 * @returns in the order of the files
 * @throws AppError `not_enough_data` when none can be read; whatever else goes wrong.
 */
export async function readEach<File extends { readonly path: string }, T>(
  files: readonly File[],
  read: (file: File, lane: number) => Promise<T>,
  { signal, onProgress }: EvaluationContext,
  lanes = 1,
): Promise<{ read: { file: File; value: T }[]; unreadable: UnreadableFile[] }> {
  const found: ({ file: File; value: T } | UnreadableFile)[] = [];
  const waiting = files.entries();
  let count = 0;
  let failed = false;
  const readLane = async (_: unknown, lane: number): Promise<void> => {
    for (const [i, file] of waiting) {
      if (failed) return;
      signal?.throwIfAborted();
      try {
        found[i] = { file, value: await read(file, lane) };
      } catch (error) {
        failed = !isAppError(error) || !fileFaults.has(error.code);
        if (!isAppError(error) || failed) throw error;
        found[i] = { path: file.path, code: error.code, reason: error.message };
      }
      onProgress?.(++count, files.length);
    }
  };
  await Promise.all(Array.from({ length: lanes }, readLane));
  const done = found.flatMap((one) => ("file" in one ? [one] : []));
  const unreadable = found.flatMap((one) => ("file" in one ? [] : [one]));
  if (done.length === 0) {
    const first = unreadable[0];
    throw new AppError(
      "not_enough_data",
      `None of ${counted(files.length, "file")} could be read${first ? `; the first: ${first.reason}` : ""}. Check the set.`,
    );
  }
  return { read: done, unreadable };
}

/** Faults of one file, which say nothing about the others. */
const fileFaults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "media_not_found",
  "media_empty",
  "media_unreadable",
  "media_unsupported",
  "media_too_large",
  "media_timeout",
  "no_audio",
]);

/**
 * The rows of the set's labels.csv.
 *
 * @throws AppError `not_found` without the file, `invalid_csv`.
 */
export async function readLabelTable<Column extends string>(folder: string, columns: readonly Column[]) {
  const file = path.join(folder, "labels.csv");
  const { text } = await readTextFile(file).catch((cause: unknown) => {
    if (!isAppError(cause, "invalid_path")) throw cause;
    throw new AppError(
      "not_found",
      `There is no readable ${file}. It needs the columns ${columns.join(",")}.`,
      {
        cause,
      },
    );
  });
  return readRecords(text, columns);
}

/** A number of a table. @throws AppError `invalid_csv`. */
export function numberOf(text: string, column: string): number {
  const value = text === "" ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new AppError("invalid_csv", `"${text}" in the column ${column} is not a number. Fix labels.csv.`);
}

/** A path of a table, which may not leave the set. @throws AppError `invalid_path`. */
export function resolveInside(folder: string, relative: string): string {
  const file = path.resolve(folder, relative);
  if (relative !== "" && !relative.includes("\0") && file.startsWith(path.resolve(folder) + path.sep))
    return file;
  throw new AppError(
    "invalid_path",
    `The path "${relative}" of labels.csv does not lie in the set's folder. Move the file there.`,
  );
}
