import { createReadStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type * as z from "zod";
import type { ExportName } from "../../../shared/protocol/analyses.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type SpeechLine,
} from "../../../shared/protocol/results.ts";
import { parseResult, readAnalysis } from "../readResult.ts";
import { blinkRatesCsv, eventsCsv, framesCsv, fusedCsv, speechCsv } from "./csv.ts";
import { toEaf } from "./eaf.ts";
import { emotionSegments, fusedSegments } from "./segments.ts";

/**
 * An export of the analysis in `dir`, or one of its own files, as a stream of text.
 * @throws AppError `not_found` when the folder holds no finished analysis, `result_damaged`
 */
export async function* writeExport(dir: string, name: ExportName): AsyncGenerator<string> {
  const analysis = await readAnalysis(dir);
  switch (name) {
    case "analysis.json":
    case "frames.jsonl":
    case "speech.jsonl":
    case "fused.jsonl":
    case "mel.jsonl":
      yield* createReadStream(path.join(dir, name), "utf8") as AsyncIterable<string>;
      return;
    case "frames.csv":
      yield* framesCsv(readLines(path.join(dir, "frames.jsonl"), frameLineSchema));
      return;
    case "speech.csv":
      yield* speechCsv(readLines(path.join(dir, "speech.jsonl"), speechLineSchema));
      return;
    case "fused.csv":
      yield* fusedCsv(readLines(path.join(dir, "fused.jsonl"), fusedLineSchema));
      return;
    case "events.csv":
      yield* eventsCsv(analysis.events);
      return;
    case "blinks.csv":
      yield* blinkRatesCsv(analysis.tracks);
      return;
    case "annotations.eaf": {
      const frameMs = analysis.media.video?.frameIntervalMs;
      const stepMs = Math.max(Number(analysis.config["fusedStepMs"] ?? 0), frameMs ?? 0);
      const emotions = await emotionSegments(
        readLines(path.join(dir, "frames.jsonl"), frameLineSchema),
        frameMs,
      );
      const speech: SpeechLine[] = [];
      for await (const line of readLines(path.join(dir, "speech.jsonl"), speechLineSchema)) speech.push(line);
      const fused = await fusedSegments(
        readLines(path.join(dir, "fused.jsonl"), fusedLineSchema),
        stepMs || undefined,
      );
      yield toEaf(analysis, { emotions, fused, speech });
    }
  }
}

/** The lines of a result file, one at a time. @throws AppError `result_damaged` */
export async function* readLines<S extends z.ZodType>(
  file: string,
  schema: S,
): AsyncGenerator<z.output<S>, void, undefined> {
  const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity });
  for await (const line of lines) yield parseResult(line, schema, file);
}
