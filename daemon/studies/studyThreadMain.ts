// The program of the thread that works through a study; studyThread.ts starts it and asks it once.
import { parentPort } from "node:worker_threads";
import { toAppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { TableSettings } from "../../shared/protocol/studyTable.ts";
import type { StudySource } from "../beq/studySource.ts";
import { openStoredStudy, type StoredStudy } from "./storedStudy.ts";

/** What can be done with a study, by its name. */
const works = {
  validate: async (source: StudySource, options: { draws: number }) => {
    const { validateStudy } = await import("../beq/validateStudy.ts");
    const { blocks, html } = (await validateStudy(source, { options })).report;
    return { blocks, html };
  },
  tabulate: async (source: StudySource, settings: TableSettings) => {
    const { tabulate } = await import("./table/tabulate.ts");
    return tabulate(source, settings);
  },
};

export type StudyWorks = typeof works;
export type StudyWork = keyof StudyWorks;
export type StudyAnswer = { readonly value: unknown } | { readonly failure: Failure };

interface Asked {
  readonly work: StudyWork;
  readonly stored: StoredStudy;
  readonly options: unknown;
}

async function answer({ work, stored, options }: Asked): Promise<StudyAnswer> {
  try {
    await using source = openStoredStudy(stored);
    const run = works[work] as (source: StudySource, options: unknown) => Promise<unknown>;
    return { value: await run(source, options) };
  } catch (error) {
    const { code, message } = toAppError(error);
    return { failure: { code, message } };
  }
}

parentPort?.once("message", (asked: Asked) => {
  void answer(asked).then((found) => parentPort?.postMessage(found));
});
