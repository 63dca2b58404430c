import { Command, Option } from "commander";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { taskSchema, type Task } from "../../shared/protocol/models.ts";
import { loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import { printJson, printTable } from "./output.ts";

interface Options {
  json?: true;
  device?: DeviceChoice;
}

/** `edin models list | show ID | verify | import FOLDER | remove ID | use ID --for TASK`. */
export function modelsCommand(): Command {
  const command = new Command("models").description("The networks that EDIN brings, and your own.");
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
  command
    .command("import")
    .description("Take the networks of a folder with a manifest.json, after every check.")
    .argument("<folder>", "folder as a recipe writes it; models/README.md", toAbsolute)
    .option("--replace", "put it in the place of one of yours with the same id")
    .action(importFrom);
  command
    .command("remove")
    .description("Remove a network that you imported.")
    .argument("<id>", "id of a network")
    .action(remove);
  command
    .command("use")
    .description("Make a network the default of its task, one of yours or of EDIN's.")
    .argument("<id>", "id of a network")
    .addOption(new Option("--for <task>", "its task").choices(taskSchema.options).makeOptionMandatory())
    .action((id: string, options: { for: Task }) => use(id, options.for));
  return command;
}

async function list({ json }: Options): Promise<void> {
  const { readManifest } = await import("../inference/manifest.ts");
  const { models, leftOut } = await readManifest(loadConfig());
  if (json) {
    printJson({ models, leftOut });
    return;
  }
  printTable(
    ["ID", "TASK", "FROM", "ROLE", "SIZE", "TITLE"],
    models.map((m) => [
      ...[m.id, m.default ? `${m.task} *` : m.task, m.origin === "user" ? "you" : "EDIN"],
      ...[m.role, megabytes(m.bytes), m.title],
    ]),
  );
  for (const { id, reason } of leftOut) process.stderr.write(`${id} is left out: ${reason}\n`);
}

async function show(id: string, { json }: Options): Promise<void> {
  const { findEntry, folderOf, readManifest } = await import("../inference/manifest.ts");
  const { readInside } = await import("../inference/modelFile.ts");
  const config = loadConfig();
  const entry = findEntry(await readManifest(config), id);
  const text = async (file: string) =>
    Buffer.from(await readInside(folderOf(config, entry), file)).toString("utf8");
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
  const models = await verifyModels(loadConfig(), device);
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

async function importFrom(folder: string, { replace }: { replace?: true }): Promise<void> {
  const { importModels } = await import("../networks/importModels.ts");
  const models = await importModels(loadConfig(), folder, { replace: replace === true });
  for (const { id, task } of models)
    process.stdout.write(
      `${id} is here, for ${task}. To use it everywhere: edin models use ${id} --for ${task}\n`,
    );
}

async function remove(id: string): Promise<void> {
  const { removeModel } = await import("../networks/userLibrary.ts");
  const { findEntry, readManifest } = await import("../inference/manifest.ts");
  const config = loadConfig();
  const { task } = await removeModel(config, id);
  process.stdout.write(
    `${id} is removed. ${task} is served by ${findEntry(await readManifest(config), task).id}.\n`,
  );
}

async function use(id: string, task: Task): Promise<void> {
  const { useModel } = await import("../networks/userLibrary.ts");
  await useModel(loadConfig(), id, task);
  process.stdout.write(`${task} is served by ${id} from the next analysis on.\n`);
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
