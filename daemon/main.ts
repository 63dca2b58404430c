#!/usr/bin/env node
import { toAppError } from "../shared/errors.ts";
import { createProgram } from "./cli.ts";
import { createLog } from "./log.ts";
import { version } from "./version.ts";

try {
  await createProgram(version).parseAsync();
} catch (error) {
  const { code, message } = toAppError(error);
  if (code === "internal") createLog("error").error("command_failed", { error });
  process.stderr.write(`${code}: ${message}\n`);
  process.exitCode = 1;
}
