import { createHash } from "node:crypto";
import { open, rename, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../store/files.ts";
import { AppError, diskFailure } from "../../shared/errors.ts";
import type { Analysis } from "../../shared/protocol/results.ts";

/** The result files that repeat byte for byte, in the order in which they are hashed. */
const lineFiles = ["frames.jsonl", "speech.jsonl", "fused.jsonl", "mel.jsonl"] as const;
type LineFile = (typeof lineFiles)[number];

const flushBytes = 1 << 16;

/**
 * The files of one analysis while it runs. Everything goes to `*.part` files; {@link ResultFiles.commit} renames them,
 * `analysis.json` last, so that a folder with an `analysis.json` is complete. Disposal removes what was not committed.
 */
export class ResultFiles implements AsyncDisposable {
  readonly #dir: string;
  readonly #writers: ReadonlyMap<LineFile, LineWriter>;

  private constructor(dir: string, writers: ReadonlyMap<LineFile, LineWriter>) {
    this.#dir = dir;
    this.#writers = writers;
  }

  /** @throws AppError `invalid_path` when the folder cannot be written. */
  static async create(dir: string): Promise<ResultFiles> {
    const writers = new Map<LineFile, LineWriter>();
    try {
      await makeFolder(dir, 0o777);
      for (const name of lineFiles)
        writers.set(name, new LineWriter(await open(path.join(dir, `${name}.part`), "w", 0o600)));
    } catch (cause) {
      await Promise.all([...writers.values()].map((writer) => writer.close()));
      throw new AppError("invalid_path", `Results cannot be written to ${dir}. Choose another folder.`, {
        cause,
      });
    }
    return new ResultFiles(dir, writers);
  }

  /** Adds one line. Await it: a slow disk slows the analysis down instead of filling the memory. */
  write(name: LineFile, line: unknown): Promise<void> | undefined {
    return this.#writers.get(name)!.write(line);
  }

  /** Ends the line files and returns the SHA-256 over them. */
  async seal(): Promise<string> {
    const hash = createHash("sha256");
    for (const writer of this.#writers.values()) hash.update(await writer.seal());
    return hash.digest("hex");
  }

  /** After {@link seal}: writes `analysis.json` and gives every file its name. */
  async commit(analysis: Analysis): Promise<void> {
    const final = path.join(this.#dir, "analysis.json");
    await using file = await open(`${final}.part`, "w", 0o600);
    await guard(file.writeFile(`${JSON.stringify(analysis, null, 2)}\n`));
    await guard(file.sync());
    await rm(final, { force: true });
    for (const name of lineFiles)
      await rename(path.join(this.#dir, `${name}.part`), path.join(this.#dir, name));
    await rename(`${final}.part`, final);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const writer of this.#writers.values()) await writer.close();
    for (const name of [...lineFiles, "analysis.json"])
      await rm(path.join(this.#dir, `${name}.part`), { force: true });
  }
}

class LineWriter {
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  #waiting = "";
  #closed = false;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  write(line: unknown): Promise<void> | undefined {
    this.#waiting += `${JSON.stringify(line)}\n`;
    return this.#waiting.length >= flushBytes ? this.#flush() : undefined;
  }

  async seal(): Promise<Buffer> {
    await this.#flush();
    await guard(this.#file.sync());
    await this.close();
    return this.#hash.digest();
  }

  async close(): Promise<void> {
    if (!this.#closed) await this.#file.close();
    this.#closed = true;
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = "";
    this.#hash.update(bytes);
    await guard(this.#file.writeFile(bytes));
  }
}

/** @throws AppError `disk_full`, `store_unavailable` instead of the system's own error. */
async function guard(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw diskFailure(cause) ?? cause;
  }
}
