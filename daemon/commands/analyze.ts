import { randomUUID } from "node:crypto";
import path from "node:path";
import { Command, Option } from "commander";
import {
  deviceChoiceSchema,
  pipelineSchema,
  type DeviceChoice,
  type Pipeline,
} from "../../shared/protocol/results.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { printJson } from "./output.ts";

interface Options {
  pipeline: Pipeline;
  device?: DeviceChoice;
  out?: string;
  json?: true;
}

/** `edin analyze MEDIA`. */
export function analyzeCommand(): Command {
  return new Command("analyze")
    .description("Analyse a clip and print a summary.")
    .argument("<media>", "a video file")
    .addOption(
      new Option("--pipeline <name>", "what to run").choices(pipelineSchema.options).default("multimodal"),
    )
    .addOption(new Option("--device <device>", "where to run it").choices(deviceChoiceSchema.options))
    .option("--out <dir>", "folder for the results (default: <media name>.edin in the current folder)")
    .option("--json", "print analysis.json instead of the summary")
    .action((media: string, options: Options) => analyze(media, options));
}

async function analyze(media: string, { pipeline, device, out, json }: Options): Promise<void> {
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
  const outDir = path.resolve(out ?? `${path.parse(media).name}.edin`);
  const stop = new AbortController();
  // A second Ctrl-C ends the process the hard way; what is half-written has no final name.
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  const progress = new ProgressLine();
  await using models = await openModels({ modelsDir: config.modelsDir, device: config.device });
  const analysis = await runAnalysis(
    { id: randomUUID(), mediaPath: path.resolve(media), outDir, pipeline, config: {} },
    { models, ffmpeg, signal: stop.signal, onProgress: (at) => progress.show(at) },
  ).finally(() => progress.end());
  if (json) printJson(analysis);
  else process.stdout.write(`${await formatSummary(analysis, outDir)}\nResults: ${outDir}\n`);
}
