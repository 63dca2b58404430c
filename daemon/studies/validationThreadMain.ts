// The program of the thread that validates a study; validationThread.ts starts it and asks it once.
import { parentPort } from "node:worker_threads";
import { toAppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Report } from "../beq/report/report.ts";
import { validateStudy } from "../beq/validateStudy.ts";
import { openStoredStudy, type StoredStudy } from "./storedStudy.ts";

export type ValidationReport = Pick<Report, "blocks" | "html">;
export type ValidationAnswer = { readonly report: ValidationReport } | { readonly failure: Failure };

interface Asked {
  readonly stored: StoredStudy;
  readonly draws: number;
}

async function answer({ stored, draws }: Asked): Promise<ValidationAnswer> {
  try {
    await using source = openStoredStudy(stored);
    const { blocks, html } = (await validateStudy(source, { options: { draws } })).report;
    return { report: { blocks, html } };
  } catch (error) {
    const { code, message } = toAppError(error);
    return { failure: { code, message } };
  }
}

parentPort?.once("message", (asked: Asked) => {
  void answer(asked).then((found) => parentPort?.postMessage(found));
});
