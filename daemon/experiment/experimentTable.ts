import { readdir } from "node:fs/promises";
import path from "node:path";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import {
  experimentTableName,
  experimentTableSchema,
  type ExperimentRow,
  type ExperimentTable,
} from "../../shared/protocol/experimentTable.ts";
import { isInside } from "../store/confined.ts";
import { makeFolder, writeFileAtomic } from "../store/files.ts";
import { readUserFile } from "../text/readTextFile.ts";
import { figureNames, figuresOf, type ComparedAnalysis } from "./comparison.ts";
import type { PlannedAnalysis } from "./runExperiment.ts";

/** Written so often while it runs, also where nothing new is to be told. */
const writeEveryMs = 1000;
/** A running one that was not written for so long is gone. */
const silentMs = 30_000;
/** Folders deeper than this below a granted one hold no experiment that is listed. */
const maxDepth = 8;
const maxListed = 200;

/** Keeps the table of an experiment on the disk while it runs, so that whoever looks sees how far it is. */
export class ExperimentTableFile {
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  #table: ExperimentTable;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: string, table: ExperimentTable) {
    this.#file = file;
    this.#table = table;
    this.#timer = setInterval(() => void this.#write(), writeEveryMs);
    this.#timer.unref();
  }

  /** @param outDir of the experiment's results */
  static async create(outDir: string, title: string, plan: readonly PlannedAnalysis[]) {
    const now = new Date().toISOString();
    const rows = plan.map(({ run, name, clip, repeat, outDir: folder }): ExperimentRow => ({
      ...{ run: run.name, clip: name, repeat, state: "waiting", values: {} },
      ...{ folder: path.relative(outDir, folder), media: path.relative(outDir, clip) },
    }));
    await makeFolder(outDir, 0o777);
    const table = new ExperimentTableFile(path.join(outDir, experimentTableName), {
      ...{ schemaVersion: 1, title, state: "running", startedAt: now, updatedAt: now },
      ...{ columns: [...figureNames], rows },
    });
    await table.#write();
    return table;
  }

  progress(index: number, { timeMs, durationMs, framesPerSecond }: AnalysisProgress): void {
    const share = Math.min(timeMs / Math.max(durationMs, 1), 1);
    this.#table.rows[index] = { ...this.#table.rows[index]!, state: "running", share, framesPerSecond };
  }

  ended(index: number, row: ComparedAnalysis): void {
    const { run, clip, repeat, folder, media } = this.#table.rows[index]!;
    const { failure } = row;
    this.#table.rows[index] = {
      ...{ run, clip, repeat, folder, media },
      ...{ state: failure === undefined ? "done" : "failed", values: figuresOf(row) },
      ...(failure !== undefined && { failure }),
    };
  }

  /** Writes it for the last time. */
  async close(state: "done" | "stopped"): Promise<void> {
    clearInterval(this.#timer);
    this.#table = over(this.#table, state);
    await this.#write();
  }

  /** One after another; a table that cannot be written stops no experiment. */
  #write(): Promise<unknown> {
    this.#table.updatedAt = new Date().toISOString();
    const text = `${JSON.stringify(this.#table, null, 1)}\n`;
    this.#writing = this.#writing
      .then(() => writeFileAtomic(this.#file, text, { mode: 0o644 }))
      .catch(() => undefined);
    return this.#writing;
  }
}

/** The table of an experiment that is over: what ran waits again. */
function over(table: ExperimentTable, state: "done" | "stopped"): ExperimentTable {
  const rows = table.rows.map((row): ExperimentRow =>
    row.state === "running" ? { ...row, state: "waiting" } : row,
  );
  return { ...table, state, rows };
}

/** @param folder of the results @throws AppError `not_found`, `invalid_experiment` */
export async function readExperimentTable(folder: string): Promise<ExperimentTable> {
  const file = path.join(folder, experimentTableName);
  const bytes = await readUserFile(file).catch((cause: unknown) => {
    if (!isAppError(cause, "invalid_path")) throw cause;
    throw new AppError("not_found", `${folder} holds no results of an experiment. Run it first.`, { cause });
  });
  try {
    const table = experimentTableSchema.parse(JSON.parse(bytes.toString("utf8")));
    const silent = Date.now() - Date.parse(table.updatedAt) > silentMs;
    return table.state === "running" && silent ? over(table, "stopped") : table;
  } catch (cause) {
    throw new AppError("invalid_experiment", `Run the experiment of ${folder} again: its table is damaged.`, {
      cause,
    });
  }
}

/** The folder of results of a row. @throws AppError `not_found` without such a row, or before it is done */
export async function rowFolder(folder: string, row: number): Promise<{ folder: string; media: string }> {
  const found = (await readExperimentTable(folder)).rows[row];
  if (found?.state !== "done")
    throw new AppError("not_found", "There are no results of this analysis. Wait for it, or run it again.");
  const results = path.resolve(folder, found.folder);
  if (!isInside(folder, results))
    throw new AppError(
      "invalid_path",
      "The table names a folder that is not its own. Run the experiment again.",
    );
  return { folder: results, media: path.resolve(folder, found.media) };
}

/** The folders below `roots` that hold results of experiments. What cannot be read is passed over. */
export async function findExperiments(roots: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const look = async (folder: string, depth: number): Promise<void> => {
    if (found.size >= maxListed) return;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    if (entries.some((entry) => entry.isFile() && entry.name === experimentTableName)) {
      found.add(folder);
      return;
    }
    if (depth === maxDepth) return;
    for (const entry of entries)
      if (entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules")
        await look(path.join(folder, entry.name), depth + 1);
  };
  for (const root of roots) await look(root, 0);
  return [...found];
}
