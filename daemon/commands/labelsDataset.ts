import { Command, Option } from "commander";
import type { MadeDataset } from "../../shared/protocol/datasets.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import { number } from "./labelsAgreement.ts";
import { formatTable, printJson } from "./output.ts";
import { createCounter } from "./progress.ts";

interface Options {
  out: string;
  tier?: string;
  subjects?: string;
  analyses?: string;
  test: number;
  every: number;
  max: number;
  unsure?: true;
  seed: number;
  force?: true;
  device?: DeviceChoice;
  json?: true;
}

/** `edin labels dataset FOLDER --out DATASET`. */
export function labelsDatasetCommand(): Command {
  return new Command("dataset")
    .description("Cut faces or voices out of labelled clips: a set for edin evaluate and for training.")
    .argument("<folder>", "folder of clips with their labels", toAbsolute)
    .requiredOption("--out <dataset>", "a new folder", toAbsolute)
    .option("--tier <id>", "the tier whose labels count (default: the first of stretches)")
    .option(
      "--subjects <csv>",
      "table of clip,subject[,face] (default: subjects.csv of the folder)",
      toAbsolute,
    )
    .option("--analyses <dir>", "results that say where faces are, besides those in the folder", toAbsolute)
    .option("--test <share>", "share of the samples for testing, in whole persons", number(0, 0.9), 0.2)
    .option("--every <ms>", "a picture for so much of a stretch", number(40, 3_600_000), 500)
    .option("--max <n>", "pictures of one stretch", number(1, 1000), 5)
    .option("--unsure", "take annotations that are marked as not sure too")
    .option("--seed <n>", "of the split", number(0, 0xffffffff), 1)
    .option("--force", "replace a set that is there")
    .addOption(new Option("--device <device>", "where to run").choices(deviceChoiceSchema.options))
    .option("--json", "print the result as JSON")
    .action(run);
}

async function run(
  folder: string,
  { out, test, seed, every, max, force, device, json, unsure, ...request }: Options,
): Promise<void> {
  const [{ makeDataset }, { openModels }, { findFfmpeg }] = await Promise.all([
    import("../labels/dataset/makeDataset.ts"),
    import("../inference/models.ts"),
    import("../media/ffmpeg.ts"),
  ]);
  const config = loadConfig({ device });
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  await using models = await openModels(config);
  const counter = createCounter();
  const made = await makeDataset({ folder, withUnsure: unsure, ...request }, out, {
    ...{ models, ffmpeg, signal: stop.signal, test, seed, max, everyMs: every },
    ...(force && { force }),
    onProgress: counter.show,
  });
  counter.end();
  for (const note of made.notes) process.stderr.write(`${note}\n`);
  if (json) printJson(made);
  else process.stdout.write(summary(made));
}

function summary({ folder, kind, samples, subjects, parts, missed, tier, training }: MadeDataset): string {
  const labels = [...new Set([...Object.keys(parts.train.labels), ...Object.keys(parts.test.labels)])].sort();
  const count = (part: "train" | "test", label: string) => String(parts[part].labels[label] ?? 0);
  return [
    `${samples} ${kind} of ${subjects} ${subjects === 1 ? "person" : "persons"}, tier ${tier}`,
    formatTable(
      ["LABEL", "TRAIN", "TEST"],
      labels.map((label) => [label, count("train", label), count("test", label)]),
    ),
    `Persons: ${parts.train.subjects.length} to train, ${parts.test.subjects.length} to test`,
    ...(missed.length === 0
      ? []
      : [`${missed.length} could not be cut; the first: ${missed[0]!.clip}: ${missed[0]!.reason}`]),
    folder,
    ...(training === undefined ? [] : [`To learn from it: edin train ${training}`]),
    "",
  ].join("\n");
}
