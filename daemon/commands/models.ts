import { Command, Option } from "commander";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { loadConfig } from "../config.ts";
import { printJson, printTable } from "./output.ts";

interface Options {
  json?: true;
  device?: DeviceChoice;
}

/** `edin models list | show ID | verify`. */
export function modelsCommand(): Command {
  const command = new Command("models").description("The networks that EDIN brings.");
  command
    .command("list")
    .description("List them; * marks the default of a task.")
    .option("--json", "print JSON")
    .action((options: Options) => list(options));
  command
    .command("show")
    .description("Everything the manifest says about one, and its measured figures.")
    .argument("<id>", "id of a network, or a task for its default")
    .option("--json", "print JSON")
    .action((id: string, options: Options) => show(id, options));
  command
    .command("verify")
    .description("Check hashes, shapes and a stored input and output of each; fails when one is not right.")
    .option("--json", "print JSON")
    .addOption(new Option("--device <device>", "where to run them").choices(deviceChoiceSchema.options))
    .action((options: Options) => verify(options));
  return command;
}

async function list({ json }: Options): Promise<void> {
  const { readManifest } = await import("../inference/manifest.ts");
  const { models } = await readManifest(loadConfig().modelsDir);
  if (json) printJson({ models });
  else
    printTable(
      ["ID", "TASK", "ROLE", "SIZE", "TITLE"],
      models.map((m) => [m.id, m.default ? `${m.task} *` : m.task, m.role, megabytes(m.bytes), m.title]),
    );
}

async function show(id: string, { json }: Options): Promise<void> {
  const { findEntry, readManifest } = await import("../inference/manifest.ts");
  const { readInside } = await import("../inference/modelFile.ts");
  const { modelsDir } = loadConfig();
  const entry = findEntry(await readManifest(modelsDir), id);
  const text = async (file: string) => Buffer.from(await readInside(modelsDir, file)).toString("utf8");
  if (json) {
    printJson({ ...entry, figures: JSON.parse(await text(entry.figures)) as unknown });
    return;
  }
  process.stdout.write(`${(await text(entry.card)).trimEnd()}\n\n`);
  printTable(
    ["FIELD", "VALUE"],
    Object.entries(entry).map(([field, value]) => [
      field,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

async function verify({ json, device = "cpu" }: Options): Promise<void> {
  const { verifyModels } = await import("../inference/verify.ts");
  const models = await verifyModels(loadConfig().modelsDir, device);
  const ok = models.every((m) => m.ok);
  if (!ok) process.exitCode = 1;
  if (json) printJson({ ok, models });
  else
    printTable(
      ["ID", "STATE", "DEVICE", "WORST DIFFERENCE", "PROBLEM"],
      models.map((m) => [
        m.id,
        m.ok ? "ok" : "failed",
        m.provider ?? "",
        m.worstDifference?.toExponential(1) ?? "",
        m.problem === undefined ? "" : `${m.code ?? ""}: ${m.problem}`,
      ]),
    );
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
