import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { analysisSchema, type Analysis } from "../../shared/protocol/results.ts";

/** `analysis.json` of a folder of results. @throws AppError `not_found` where there is none, `result_damaged` */
export async function readAnalysis(folder: string): Promise<Analysis> {
  const file = path.join(folder, "analysis.json");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError(
      "not_found",
      `${folder} holds no finished analysis. Give a folder that edin analyze --out has written.`,
      { cause },
    );
  });
  return parseResult(text, analysisSchema, file);
}

/** The bytes of a result file as they come. @throws AppError `result_damaged` where it is gone, before the first piece */
export async function* readPieces(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new AppError(
      "result_damaged",
      `${path.basename(file)} of these results is gone. Analyse the clip again.`,
      { cause },
    );
  }
}

/** A part of a result file that is a JSON value of its own. @throws AppError `result_damaged` */
export function parseResult<S extends z.ZodType>(text: string, schema: S, file: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError(
      "result_damaged",
      `${path.basename(file)} of these results is damaged: it was cut off or changed. Analyse the clip again.`,
      { cause },
    );
  }
}
