import { createReadStream } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { AppError } from "../../shared/errors.ts";
import { refuseBadTexts } from "../../shared/protocol/text.ts";
import { studySchema, type Study } from "../../shared/protocol/studyFile.ts";

/** Where a study is read from: a folder, a zip of it, or the data folder. */
export interface StudySource extends AsyncDisposable {
  readonly study: Study;
  /** The bytes of a file of the layout, such as `analyses/<id>/frames.jsonl`; undefined where there is none. */
  open(name: string): Promise<Readable | undefined>;
}

/** No study.json is larger; 100,000 participants with their forms fit. */
const maxStudyBytes = 200_000_000;

/**
 * Opens a study folder.
 * @throws AppError `not_found` without a `study.json`, `invalid_request` for one that is not as {@link studySchema} says
 */
export async function openStudyFolder(folder: string): Promise<StudySource> {
  const open = async (name: string) => {
    const file = path.join(folder, name);
    // A link could lead to a file that has nothing to do with the study.
    const found = await lstat(file).catch(() => undefined);
    // Its failure is told to whoever reads it, and until then to nobody.
    return found?.isFile() === true ? createReadStream(file).on("error", () => undefined) : undefined;
  };
  const size = (await stat(path.join(folder, "study.json")).catch(() => undefined))?.size ?? 0;
  if (size > maxStudyBytes)
    throw new AppError(
      "too_large",
      "study.json is larger than 200 MB. Give a study with fewer participants.",
    );
  return { study: await readStudy(open), open, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** A result file of an analysis: as people corrected it, or as it was measured where nobody did. */
export async function openResultFile(
  source: StudySource,
  id: string,
  file: string,
): Promise<Readable | undefined> {
  return (await source.open(`analyses/${id}/corrected/${file}`)) ?? source.open(`analyses/${id}/${file}`);
}

/** Reads and checks `study.json`. */
export async function readStudy(open: StudySource["open"]): Promise<Study> {
  const stream = await open("study.json");
  if (stream === undefined)
    throw new AppError("not_found", "There is no study.json in it. Give a study folder or its archive.");
  return parseStudy(await text(stream));
}

/**
 * @throws AppError `invalid_request`; the message names the participant and the field
 */
function parseStudy(json: string): Study {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new AppError("invalid_request", `Fix study.json; it is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  refuseBadTexts(value);
  const { success, data, error } = studySchema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const [first, row] = issue!.path;
  const id = (value as { participants?: { id?: unknown }[] }).participants?.[Number(row)]?.id;
  const where = first === "participants" && typeof id === "string" ? ` (participant ${id})` : "";
  throw new AppError(
    "invalid_request",
    `Fix study.json, ${issue!.path.join(".") || "as a whole"}${where}: ${issue!.message}`,
  );
}
