// The program of the thread that works through studies, one at a time; studyThread.ts starts it and asks it.
import { parentPort } from "node:worker_threads";
import { toAppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { ImportProgress } from "../../shared/protocol/studyArchives.ts";
import type { TableSettings } from "../../shared/protocol/studyTable.ts";
import { openStoredStudy, type StoredStudy } from "./storedStudy.ts";

/** What can be done with a study, by its name. */
const works = {
  validate: async ({ stored, draws }: { stored: StoredStudy; draws: number }) => {
    const { validateStudy } = await import("../beq/validateStudy.ts");
    await using source = openStoredStudy(stored);
    const { blocks, html } = (await validateStudy(source, { options: { draws } })).report;
    return { blocks, html };
  },
  tabulate: async ({ stored, settings }: { stored: StoredStudy; settings: TableSettings }) => {
    const { tabulate } = await import("./table/tabulate.ts");
    await using source = openStoredStudy(stored);
    return await tabulate(source, settings);
  },
  unpackArchive: async (
    input: { file: string; dataDir: string; aside: string },
    onProgress: (progress: ImportProgress) => void,
  ) => {
    const { unpackArchive } = await import("./unpackArchive.ts");
    return unpackArchive(input, onProgress);
  },
};

export type StudyWorks = typeof works;
export type StudyWork = keyof StudyWorks;
export type StudyAnswer =
  { readonly value: unknown } | { readonly failure: Failure } | { readonly progress: ImportProgress };

interface Asked {
  readonly work: StudyWork;
  readonly input: unknown;
}

/** Progress is told so often. */
const tellEveryMs = 100;

async function answer({ work, input }: Asked, tell: (answer: StudyAnswer) => void): Promise<StudyAnswer> {
  let toldAt = -Infinity;
  const onProgress = (progress: ImportProgress) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    tell({ progress });
  };
  try {
    const run = works[work] as (input: unknown, tell: typeof onProgress) => Promise<unknown>;
    return { value: await run(input, onProgress) };
  } catch (error) {
    const { code, message } = toAppError(error);
    return { failure: { code, message } };
  }
}

const port = parentPort!;
port.on("message", (asked: Asked) => {
  const tell = (told: StudyAnswer) => port.postMessage(told);
  void answer(asked, tell).then(tell);
});
