import { createInterface } from "node:readline/promises";
import { AppError } from "../../shared/errors.ts";

/**
 * Asks before something is gone for good. Where nobody can be asked, `--yes` is needed.
 * @throws AppError `invalid_request` without a terminal, `cancelled` for any answer but yes
 */
export async function confirm(question: string, { yes }: { yes?: true }): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY)
    throw new AppError("invalid_request", `${question} Nobody can be asked here: add --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new AppError("cancelled", "Nothing was deleted.");
}
