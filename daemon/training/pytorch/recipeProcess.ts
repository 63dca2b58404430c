import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { AppError, toAppError } from "../../../shared/errors.ts";
import { parseJson } from "../../../shared/text/parseJson.ts";
import { printable } from "../../../shared/text/printable.ts";
import { beNice } from "../../childProgram.ts";
import { readLines } from "../../readLines.ts";
import { pythonEnvironment } from "./python.ts";

/** Beside the product's networks. */
const recipes = path.join(
  import.meta.dirname,
  import.meta.filename.endsWith(".ts") ? "../../../models/recipes" : "../models/recipes",
);
/** A process that does not stop by itself within this time after it was told to is killed. */
const patienceMs = 10_000;
/** Of what it says on stderr, the end is kept: characters. */
const wordsKept = 4000;
/** A line that is longer is none of a recipe: characters. */
const maxLineLength = 1_000_000;
/** Trainings leave the machine to whoever looks at it. */
const niceness = 10;

const numbers = z.record(z.string(), z.number());
/** One line of what `recipe.py --json` tells; models/recipes/README.md. */
const epochSchema = z.object({
  epoch: z.int(),
  losses: numbers,
  figures: numbers.optional(),
  rate: z.number().optional(),
  best: z.boolean().optional(),
  seconds: z.number(),
});
const lineSchema = z.union([
  z.object({ done: z.array(z.string()) }),
  z.object({ failed: z.string() }),
  z.object({ note: z.string(), before: z.array(epochSchema).optional() }),
  epochSchema,
]);
export type RecipeEpoch = z.infer<typeof epochSchema>;

export interface RecipeRun {
  readonly python: string;
  readonly name: string;
  readonly data: string;
  readonly out: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly enough: AbortSignal;
  /** Of one that goes on: the ends of all epochs before. */
  readonly onBefore: (epochs: readonly RecipeEpoch[]) => void;
  /** The end of an epoch. */
  readonly onEpoch: (epoch: RecipeEpoch) => void;
  readonly onNote: (note: string) => void;
}

/**
 * Runs a recipe to its end; its networks lie in `out` then. Where `out` holds the checkpoint of an interrupted run of the
 * same options, it goes on.
 * @throws AppError `training_failed`, `out_of_memory`, `interrupted`; the signal's reason
 */
export async function runRecipe(run: RecipeRun): Promise<void> {
  const { python, name, data, out, options, signal, enough } = run;
  signal.throwIfAborted();
  const stopFile = path.join(out, "stop");
  const config = path.join(out, "options.json");
  await rm(stopFile, { force: true });
  await writeFile(config, JSON.stringify(options));
  const args = [path.join(recipes, "recipe.py"), name, "--json", "--with-parent"];
  const child = spawn(python, [...args, "--data", data, "--out", out, "--config", config], {
    ...{ cwd: out, env: pythonEnvironment(), stdio: ["pipe", "pipe", "pipe"] },
  });
  // Never written to: it ends with this process, and so does the child.
  child.stdin.on("error", () => undefined);
  child.once("spawn", () => beNice(niceness, child.pid));
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    child.kill("SIGTERM");
    timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  };
  const stop = () => void writeFile(stopFile, "").catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  enough.addEventListener("abort", stop, { once: true });
  if (enough.aborted) stop();
  let words = "";
  let ended: "done" | AppError | undefined;
  try {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      words = (words + text).slice(-wordsKept);
    });
    const hear = (text: string): void => {
      // Some libraries write on stdout what they have to say.
      const line = lineSchema.safeParse(parseJson(text)).data;
      if (line === undefined) return;
      if ("done" in line) ended = "done";
      else if ("failed" in line) ended = failed(line.failed);
      else if ("note" in line) {
        run.onNote(printable(line.note));
        if (line.before !== undefined) run.onBefore(line.before);
      } else if (line.figures !== undefined) run.onEpoch(line);
    };
    void readLines(child.stdout, maxLineLength, (text) => {
      try {
        hear(text);
      } catch (error) {
        // What it told could not be written down.
        ended = toAppError(error);
        cancel();
      }
    });
    const { code, killedBy } = await new Promise<{ code: number | null; killedBy: string | null }>(
      (resolve, reject) => {
        child.once("error", reject);
        child.once("close", (exit, by) => resolve({ code: exit, killedBy: by }));
      },
    );
    signal.throwIfAborted();
    if (ended === "done" && code === 0) return;
    throw ended instanceof AppError ? ended : gone(code, killedBy, words);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
    enough.removeEventListener("abort", stop);
    if (child.exitCode === null) child.kill("SIGKILL");
  }
}

function failed(told: string): AppError {
  const text = printable(told);
  // PyTorch's own way to say it.
  if (/no space left on device|PytorchStreamWriter failed writing/i.test(text))
    return new AppError(
      "disk_full",
      `The disk is full: ${text}. Make room, then start the training again: it goes on from its last epoch.`,
    );
  return new AppError(/memory/i.test(text) ? "out_of_memory" : "training_failed", text);
}

/** Linux ends a process that takes too much memory with SIGKILL. */
function gone(code: number | null, killedBy: string | null, words: string): AppError {
  const cause = new Error(words);
  if (killedBy === "SIGKILL" || code === 137)
    return new AppError(
      "out_of_memory",
      "The process that trained was ended, most likely for want of memory. Choose a smaller batch, input or width in the training file.",
      { cause },
    );
  const last = printable(words.trim().split("\n").at(-1) ?? "");
  return new AppError(
    "interrupted",
    `The Python that trained ended in the middle (${killedBy ?? `code ${code}`})${last === "" ? "" : `: ${last}`}. Start the training again: it goes on from its last epoch.`,
    { cause },
  );
}
