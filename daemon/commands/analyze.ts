import { randomUUID } from "node:crypto";
import path from "node:path";
import { Command, Option } from "commander";
import { pipelineSchema, type Pipeline } from "../../shared/protocol/pipelines.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { printJson } from "./output.ts";
import { addPipelineOptions, pipelineConfig, withAvatar } from "./pipelineOptions.ts";
import { chooseResultFolder, noteSource } from "./resultFolder.ts";

/** The flags of the pipelines come beside these. */
interface Options extends Record<string, unknown> {
  pipeline: Pipeline;
  device?: DeviceChoice;
  out?: string;
  force?: true;
  json?: true;
  network: Record<string, string>;
}

/** `edin analyze MEDIA`. */
export function analyzeCommand(): Command {
  const command = new Command("analyze")
    .description("Analyse a clip and print a summary.")
    .argument("<media>", "a video, sound or picture file, or a folder of pictures");
  return addPipelineOptions(command, pipelineSchema.options)
    .addOption(new Option("--device <device>", "where to run it").choices(deviceChoiceSchema.options))
    .option("--out <dir>", "folder for the results (default: <media name>.edin in the current folder)")
    .option("--force", "replace results that are there already")
    .option("--network <task=id>", "use another network for a task, as face=face-ssdlite", chooseNetwork, {})
    .option("--json", "print analysis.json instead of the summary")
    .action((media: string, options: Options) => analyze(media, options));
}

async function analyze(media: string, options: Options): Promise<void> {
  const { pipeline, device, out, force, json } = options;
  const [{ runAnalysis }, { openModels }, { findFfmpeg }, { formatSummary }, { ProgressLine }] =
    await Promise.all([
      import("../analysis/run.ts"),
      import("../inference/models.ts"),
      import("../media/ffmpeg.ts"),
      import("./summary.ts"),
      import("./progress.ts"),
    ]);
  const config = loadConfig(device === undefined ? {} : { device });
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  const mediaPath = path.resolve(media);
  const outDir = await chooseResultFolder(mediaPath, out, force === true);
  const stop = new AbortController();
  // A second Ctrl-C ends the process the hard way; what is half-written has no final name.
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  const progress = new ProgressLine();
  await using models = await openModels(config);
  const settings = await withAvatar(pipelineConfig(options), models);
  const analysis = await runAnalysis(
    {
      id: randomUUID(),
      mediaPath,
      outDir,
      pipeline,
      config: {
        networks: options.network,
        ...settings,
      },
    },
    { models, ffmpeg, signal: stop.signal, onProgress: (at) => progress.show(at) },
  ).finally(() => progress.end());
  await noteSource(outDir, mediaPath);
  if (json) printJson(analysis);
  else process.stdout.write(`${await formatSummary(analysis, outDir)}\nResults: ${outDir}\n`);
}

function chooseNetwork(choice: string, before: Record<string, string>): Record<string, string> {
  const [task = "", id = ""] = choice.split("=");
  return { ...before, [task]: id };
}
