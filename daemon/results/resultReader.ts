import { open, readFile, stat } from "node:fs/promises";
import path from "node:path";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { Series } from "../../shared/protocol/analyses.ts";
import { analysisSchema, type Analysis, type FrameLine } from "../../shared/protocol/results.ts";
import { firstAfter, firstNotBefore, indexLines, type LineIndex } from "./lineIndex.ts";
import { SeriesBins } from "./seriesBins.ts";

/** A page is cut where it gets larger than this. */
const pageBytes = 8_000_000;
const maxIndexes = 8;

interface Window {
  readonly startMs: number;
  readonly endMs?: number | undefined;
}

/**
 * Reads parts of the result files of finished analyses, which may be large: pages of lines, and averaged series. Where
 * the lines begin is remembered for the files that were read last.
 */
export class ResultReader {
  readonly #indexes = new Map<string, Promise<LineIndex>>();

  async analysis(folder: string): Promise<Analysis> {
    return analysisSchema.parse(JSON.parse(await readFile(path.join(folder, "analysis.json"), "utf8")));
  }

  /** Lines with startMs <= time < endMs, at most `limit`. */
  async page<Line extends z.ZodType>(
    folder: string,
    name: string,
    schema: Line,
    { startMs, endMs = Infinity, limit }: Window & { limit: number },
  ): Promise<{ lines: z.output<Line>[]; nextMs?: number }> {
    const file = path.join(folder, name);
    const { offsets, timesMs } = await this.#index(file);
    const first = firstNotBefore(timesMs, startMs);
    const end = firstNotBefore(timesMs, endMs);
    let stop = Math.min(end, first + limit);
    while (stop > first + 1 && offsets[stop]! - offsets[first]! > pageBytes) stop -= 1;
    // Lines of one time stay together, so that the next page neither repeats nor loses one.
    if (stop < end) {
      const together = firstNotBefore(timesMs, timesMs[stop]!);
      stop = together > first ? together : firstAfter(timesMs, timesMs[stop]!);
    }
    const text = await readBytes(file, offsets[first]!, offsets[Math.max(first, stop)]!);
    const lines = text.split("\n").flatMap((line) => (line === "" ? [] : [schema.parse(JSON.parse(line))]));
    return { lines, ...(stop < end && { nextMs: timesMs[stop]! }) };
  }

  /** The numbers of one track, averaged into `points` bins. */
  async series(
    folder: string,
    { track, points, startMs, endMs }: Window & { track: number; points: number },
  ): Promise<Series> {
    const file = path.join(folder, "frames.jsonl");
    const { offsets, timesMs } = await this.#index(file);
    const untilMs = endMs ?? (timesMs.at(-1) ?? 0) + 1;
    if (untilMs <= startMs) throw new AppError("invalid_request", "endMs has to come after startMs.");
    const bins = new SeriesBins(startMs, untilMs, points);
    const end = firstNotBefore(timesMs, untilMs);
    let from = firstNotBefore(timesMs, startMs);
    while (from < end) {
      let to = from + 1;
      while (to < end && offsets[to + 1]! - offsets[from]! <= 1 << 20) to += 1;
      // Landmarks are most of a line and not part of a series: cutting them out first saves most of the parsing.
      const text = (await readBytes(file, offsets[from]!, offsets[to]!)).replace(
        /"landmarks":\[[^\]]*\],?/g,
        "",
      );
      for (const line of text.split("\n")) {
        if (line !== "") bins.add(JSON.parse(line) as FrameLine, track);
      }
      from = to;
    }
    return bins.finish();
  }

  async #index(file: string): Promise<LineIndex> {
    const found = await stat(file).catch((cause: unknown) => {
      throw new AppError("not_found", "The result file is gone. Analyse the clip again.", { cause });
    });
    const key = `${file}\0${found.size}\0${found.mtimeMs}`;
    const index = this.#indexes.get(key) ?? indexLines(file);
    index.catch(() => this.#indexes.delete(key));
    this.#indexes.delete(key);
    this.#indexes.set(key, index);
    const [oldest] = this.#indexes.keys();
    if (this.#indexes.size > maxIndexes) this.#indexes.delete(oldest!);
    return index;
  }
}

async function readBytes(file: string, from: number, to: number): Promise<string> {
  const handle = await open(file, "r");
  try {
    const buffer = Buffer.alloc(to - from);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
