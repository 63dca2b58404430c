import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import readline from "node:readline";

const root = path.join(import.meta.dirname, "../../..");
export const experimentsFolder = path.join(root, "models/experiments");

export interface Folders {
  /** What the sets are made from. */
  readonly data: string;
  /** For sets, networks and results. */
  readonly work: string;
}

/** One table's folder: its files are copied to WORK, where they run; log and figures are written beside them. */
export class TableFolder {
  readonly #folder: string;
  readonly work: string;
  readonly #startedAt = Date.now();

  private constructor(name: string, work: string) {
    this.#folder = path.join(experimentsFolder, name);
    this.work = work;
  }

  static async open(name: string, { work }: Folders): Promise<TableFolder> {
    const folder = new TableFolder(name, work);
    await mkdir(work, { recursive: true });
    await writeFile(folder.#log, "");
    return folder;
  }

  get #log(): string {
    return path.join(this.#folder, "log.jsonl");
  }

  /** Minutes since it was opened. */
  get minutes(): number {
    return Math.round((Date.now() - this.#startedAt) / 6000) / 10;
  }

  /** Runs `edin COMMAND FILE --json` on one of the table's files, with its output in WORK/`out`. Its lines go into the log. */
  async edin(command: "train" | "experiment", file: string, out: string, ...more: string[]): Promise<void> {
    await copyFile(path.join(this.#folder, file), path.join(this.work, file));
    const asked = [
      command,
      path.join(this.work, file),
      "--out",
      path.join(this.work, out),
      "--json",
      "--force",
    ];
    const log = path.join(this.#folder, "log.jsonl");
    await runEdin([...asked, ...more], this.work, async (line) => {
      const event = JSON.parse(line) as { type: string; figures?: { worst?: unknown } };
      // Progress is no news, and pictures of the sets stay with them.
      if (event.type === "reading" || event.type === "progress") return;
      if (event.figures) delete event.figures.worst;
      await appendFile(log, `${JSON.stringify(event).replaceAll(this.work, "WORK")}\n`);
    });
  }

  /** `edin evaluate NETWORK SET`: its figures. */
  async evaluate(network: string, set: string): Promise<Record<string, unknown>> {
    const lines: string[] = [];
    await runEdin(["evaluate", network, set, "--device", "cpu"], this.work, (line) => {
      lines.push(line);
      return Promise.resolve();
    });
    const figures = JSON.parse(lines.join("\n")) as Record<string, unknown>;
    delete figures["unreadable"];
    return figures;
  }

  async writeFigures(figures: object): Promise<void> {
    const text = JSON.stringify({ minutes: this.minutes, ...figures }, undefined, 1);
    await writeFile(path.join(this.#folder, "figures.json"), `${text}\n`);
  }
}

/** Runs the command from the sources, with a data folder of its own in WORK. */
async function runEdin(
  args: readonly string[],
  work: string,
  onLine: (line: string) => Promise<void>,
): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", path.join(root, "daemon/main.ts"), ...args], {
    cwd: root,
    env: { ...process.env, EDIN_DATA_DIR: path.join(work, "edin") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  for await (const line of readline.createInterface(child.stdout)) await onLine(line);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`edin ${args.join(" ")} ended with ${code}.`);
}

/** Has models/recipes/thesis_sets.py make a set. */
export async function makeSet(what: string, data: string, out: string, ...more: string[]): Promise<void> {
  const script = path.join(root, "models/recipes/thesis_sets.py");
  const child = spawn("python3", [script, what, data, out, ...more], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`thesis_sets.py ${what} ended with ${code}.`);
}

export const readJson = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(file, "utf8")) as unknown;
