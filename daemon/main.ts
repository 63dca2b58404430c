#!/usr/bin/env node
import { toAppError } from "../shared/errors.ts";
import { printableLines } from "../shared/text/printable.ts";
import { createProgram } from "./cli.ts";
import { createLog } from "./log.ts";
import { version } from "./version.ts";

// Whatever EDIN writes, results and exports too, is for its user alone. All its processes start here or are children of one.
process.umask(0o077);

try {
  await createProgram(version).parseAsync();
} catch (error) {
  const { code, message } = toAppError(error);
  if (code === "internal" || code === "store_unavailable")
    createLog("error").error("command_failed", { error });
  process.stderr.write(`${code}: ${printableLines(message)}\n`);
  process.exitCode = 1;
}
