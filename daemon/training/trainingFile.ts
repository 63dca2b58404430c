import path from "node:path";
import { AppError, isAppError } from "../../shared/errors.ts";
import { trainingSchema, type Training } from "../../shared/protocol/training.ts";
import { parseDocumentFile } from "../documents/documentFile.ts";
import { readTextFile } from "../text/readTextFile.ts";

/** One way of a grid. */
export interface PlannedTraining {
  /** What the grid set, by path. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly training: Training;
}

/** A grid with more ways than this runs for days. */
const maxRuns = 60;

const kind = { schema: trainingSchema, code: "invalid_training", name: "training" } as const;

/** What a file asks for, as it is written there. */
export type WrittenTraining = Readonly<Record<string, unknown>>;

/** @throws AppError `invalid_training` that names line and column of each fault; `not_found` for the file itself */
export async function readTraining(
  file: string,
): Promise<{ written: WrittenTraining; plan: PlannedTraining[] }> {
  const { text } = await readTextFile(file).catch((cause: unknown) => {
    if (!isAppError(cause, "invalid_path")) throw cause;
    throw new AppError("not_found", `There is no training file ${file}. Check its name.`, { cause });
  });
  const { written } = parseDocumentFile(text, kind);
  return { written, plan: planTraining(written) };
}

/** Every combination of the grid's values. @throws AppError `invalid_training` */
export function planTraining(written: WrittenTraining): PlannedTraining[] {
  const { grid = {}, ...rest } = written as { grid?: Readonly<Record<string, readonly unknown[]>> };
  let ways: Readonly<Record<string, unknown>>[] = [{}];
  // Counted before they are made: a small file can ask for more than any memory holds.
  const combinations = Object.values(grid).reduce((product, values) => product * values.length, 1);
  if (combinations > maxRuns)
    throw new AppError(
      "invalid_training",
      `The grid has ${combinations} combinations, more than ${maxRuns}. Take some values out.`,
    );
  for (const [name, values] of Object.entries(grid))
    ways = ways.flatMap((way) => values.map((value) => ({ ...way, [name]: value })));
  return ways.map((settings) => {
    const asked = structuredClone(rest) as Record<string, unknown>;
    for (const [name, value] of Object.entries(settings)) setAt(asked, name.split("."), value);
    const parsed = trainingSchema.safeParse(asked);
    if (parsed.success) return { settings, training: parsed.data };
    const [issue] = parsed.error.issues;
    throw new AppError(
      "invalid_training",
      `Fix the grid of the training file: ${JSON.stringify(settings)} gives ${issue!.path.join(".")} ${issue!.message}.`,
    );
  });
}

function setAt(root: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [last, ...above] = [keys.at(-1)!, ...keys.slice(0, -1)];
  let at = root;
  for (const key of above) {
    const next = at[key];
    at = (typeof next === "object" && next !== null ? next : (at[key] = {})) as Record<string, unknown>;
  }
  at[last] = value;
}

/** The id of a network by the name of its file: `My faces.training.yaml` makes `my-faces`. */
export function networkId(file: string): string {
  const name = path.basename(file).replace(/(\.training)?\.(ya?ml|json)$/i, "");
  const id = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50);
  return id === "" ? "training" : id;
}
