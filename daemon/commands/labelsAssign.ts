import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { annotatorSchema } from "../../shared/protocol/assignments.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import type { Assigned } from "../labels/assignments.ts";
import { toAbsolute } from "./absolute.ts";
import { number } from "./labelsAgreement.ts";
import { formatTable, printJson } from "./output.ts";
import { createCounter } from "./progress.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  annotators?: string[];
  scheme?: string;
  twice?: number;
  seed?: number;
  anew?: true;
  json?: true;
}

/** `edin labels assign FOLDER`. */
export function labelsAssignCommand(): Command {
  return new Command("assign")
    .description("Share the clips of a folder among annotators: writes assignments.yaml there.")
    .argument("<folder>", "folder of clips", toAbsolute)
    .option("--annotators <ids>", "pseudonyms, separated by commas; as before where there is a file", names)
    .option("--scheme <name>", "one that comes with EDIN, or a scheme file's name (default: emotions)")
    .option("--twice <share>", "share of the clips that two annotators label (default: 0.2)", number(0, 1))
    .option("--seed <n>", "of the draw (default: 1)", number(0, 0xffffffff))
    .option("--anew", "forget what was assigned before")
    .option("--json", "print the result as JSON")
    .action(run);
}

function names(text: string): string[] {
  const all = text.split(",").map((name) => name.trim());
  for (const name of all)
    if (!annotatorSchema.safeParse(name).success)
      throw new AppError("invalid_request", `"${name}" is no annotator: up to 40 letters, digits, - or _.`);
  if (new Set(all).size < all.length)
    throw new AppError("invalid_request", "An annotator is named twice. Name each once.");
  return all;
}

async function run(folder: string, { json, ...options }: Options): Promise<void> {
  const [{ assignFolder }, { findFfmpeg }] = await Promise.all([
    import("../labels/assignments.ts"),
    import("../media/ffmpeg.ts"),
  ]);
  const ffmpeg = await findFfmpeg(loadConfig({}), childEnvironment());
  const counter = createCounter();
  const assigned = await assignFolder(folder, { ...options, ffmpeg, onProgress: counter.show });
  counter.end();
  for (const { clip, reason } of assigned.unreadable) process.stderr.write(`${clip}: ${reason}\n`);
  if (json) printJson(assigned);
  else process.stdout.write(summary(assigned));
}

function summary({ file, added, gone, perAnnotator, assignments }: Assigned): string {
  const clips = Object.values(assignments.clips);
  const twice = clips.filter((who) => who.length > 1).length;
  return [
    `${counted(clips.length, "clip")}, ${added} of them new, ${twice} labelled by two`,
    formatTable(
      ["ANNOTATOR", "CLIPS", "MINUTES"],
      perAnnotator.map((one) => [one.annotator, String(one.clips), one.minutes.toFixed(1)]),
    ),
    ...(gone.length === 0 ? [] : [`Assigned, but not there: ${gone.join(", ")}`]),
    file,
    "",
  ].join("\n");
}
