import type { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { listStudies } from "../../shared/protocol/studyRoutes.ts";
import { loadConfig } from "../config.ts";
import { openStudyCalls, type Calls } from "./daemonCalls.ts";

export interface StudyOptions {
  dataDir?: string;
  json?: true;
  yes?: true;
}

/** Makes a sub-command from its name and arguments. */
export type Leaf = (usage: string, text: string) => Command;

/** Runs `work` on the data folder that the options name. */
export async function withCalls(options: StudyOptions, work: (calls: Calls) => Promise<void>): Promise<void> {
  await using calls = await openStudyCalls(loadConfig({ dataDir: options.dataDir }));
  await work(calls);
}

/** Opens the study that `asked` names, by id or name. */
export async function inStudy(
  options: { dataDir?: string },
  asked: string,
  work: (calls: Calls, id: string, name: string) => Promise<void>,
): Promise<void> {
  await withCalls(options, async (calls) => {
    const { studies } = await calls.call(listStudies, {});
    const found = studies.filter(({ id, name }) => id === asked || name === asked);
    if (found.length > 1)
      throw new AppError("conflict", `Several studies are called ${asked}. Give the id: edin study list`);
    if (found[0] === undefined)
      throw new AppError("not_found", `There is no study ${asked}. See: edin study list`);
    await work(calls, found[0].id, found[0].name);
  });
}
