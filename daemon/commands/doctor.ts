import { Command } from "commander";
import { loadConfig } from "../config.ts";
import { printJson, printTable } from "./output.ts";

/** `edin doctor`. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("Look at what EDIN needs from this machine, and say what to do where something is wrong.")
    .option("--json", "print JSON")
    .action(run);
}

async function run({ json }: { json?: true }): Promise<void> {
  const { examine } = await import("../doctor/doctor.ts");
  const checks = await examine(loadConfig());
  if (checks.some((c) => c.state === "failed")) process.exitCode = 1;
  if (json) {
    printJson({ checks });
    return;
  }
  printTable(
    ["WHAT", "STATE", "DETAIL"],
    checks.map((c) => [c.name, c.state, c.detail]),
  );
  for (const { name, advice } of checks)
    if (advice !== undefined) process.stdout.write(`\n${name}: ${advice}\n`);
}
