#!/usr/bin/env node
import { toAppError } from "../shared/errors.ts";
import { createProgram } from "./cli.ts";
import { version } from "./version.ts";

try {
  await createProgram(version).parseAsync();
} catch (error) {
  const { code, message } = toAppError(error);
  process.stderr.write(`${code}: ${message}\n`);
  process.exitCode = 1;
}
