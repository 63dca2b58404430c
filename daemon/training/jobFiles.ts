import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { trainingEventSchema, type TrainingEvent } from "../../shared/protocol/training.ts";
import { isThere } from "../missing.ts";

/** What a training tells, one event a line. */
export const eventsFile = (folder: string): string => path.join(folder, "events.jsonl");
/** There exactly if somebody wants the training to end early. */
export const stopFile = (folder: string): string => path.join(folder, "stop");

/** What a training has told so far; a line that is being written is not there yet. */
export async function readEvents(folder: string): Promise<TrainingEvent[]> {
  const text = await readFile(eventsFile(folder), "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => trainingEventSchema.parse(JSON.parse(line)));
}

/** Asks the process that runs a training, on whatever machine, to end early and keep the best. */
export async function askToStop(folder: string): Promise<void> {
  await writeFile(stopFile(folder), "");
}

/** Whether somebody asked. */
export function isAskedToStop(folder: string): Promise<boolean> {
  return isThere(stopFile(folder));
}
