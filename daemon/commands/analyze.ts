import { randomUUID } from "node:crypto";
import { Command, Option } from "commander";
import { AppError } from "../../shared/errors.ts";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import { pipelineSchema, type Pipeline } from "../../shared/protocol/pipelines.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { printJson } from "./output.ts";
import { addPipelineOptions, pipelineConfig, withAvatar, withGazeCalibration } from "./pipelineOptions.ts";
import { chooseResultFolder, noteSource } from "./resultFolder.ts";

/** The flags of the pipelines come beside these. */
interface Options extends Record<string, unknown> {
  pipeline: Pipeline;
  device?: DeviceChoice;
  out?: string;
  force?: true;
  again?: true;
  jobs: number;
  json?: true;
  network: Record<string, string>;
  gazeCalibration?: string;
}

/** `edin analyze MEDIA`. */
export function analyzeCommand(): Command {
  const command = new Command("analyze")
    .description("Analyse a clip and print a summary; or many clips, with a table of how each ended.")
    .argument(
      "<media...>",
      "video, sound or picture files, folders of them, or patterns in quotes; a folder of pictures is a clip",
    );
  return addPipelineOptions(command, pipelineSchema.options)
    .addOption(new Option("--device <device>", "where to run it").choices(deviceChoiceSchema.options))
    .option(
      "--out <dir>",
      "folder for the results, of many clips for their folders (default: <media name>.edin in the current folder)",
    )
    .option("--jobs <n>", "clips at a time (default: 1)", toJobs, 1)
    .option("--again", "analyse again what has results; of many clips it is else passed over")
    .option("--force", "replace results that are there already")
    .option("--network <task=id>", "use another network for a task, as face=face-ssdlite", chooseNetwork, {})
    .option("--json", "print analysis.json instead of the summary")
    .action((media: string[], options: Options) => analyze(media, options));
}

async function analyze(media: string[], options: Options): Promise<void> {
  const { pipeline, device, out, json } = options;
  const again = options.force === true || options.again === true;
  const [{ runAnalysis }, { openModels }, { findFfmpeg }, { formatSummary }, { ProgressLine }, many] =
    await Promise.all([
      import("../analysis/run.ts"),
      import("../inference/models.ts"),
      import("../media/ffmpeg.ts"),
      import("./summary.ts"),
      import("./progress.ts"),
      import("./analyzeMany.ts"),
    ]);
  const config = loadConfig(device === undefined ? {} : { device });
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  const clips = await many.clipsOf(media);
  const [only] = clips.length === 1 && media.length === 1 ? clips : [];
  const onlyDir = only === undefined ? undefined : await chooseResultFolder(only, out, again);
  const stop = new AbortController();
  // A second Ctrl-C ends the process the hard way; what is half-written has no final name.
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  await using models = await openModels(config);
  const settings = {
    networks: options.network,
    ...(await withGazeCalibration(
      await withAvatar(pipelineConfig(options), models),
      options.gazeCalibration,
    )),
  };
  const run = async (mediaPath: string, outDir: string, onProgress = untold) => {
    const request = { id: randomUUID(), mediaPath, outDir, pipeline, config: settings };
    const analysis = await runAnalysis(request, { models, ffmpeg, signal: stop.signal, onProgress });
    await noteSource(outDir, mediaPath);
    return analysis;
  };
  if (only !== undefined && onlyDir !== undefined) {
    const progress = new ProgressLine();
    const analysis = await run(only, onlyDir, (at) => progress.show(at)).finally(() => progress.end());
    if (json) printJson(analysis);
    else process.stdout.write(`${await formatSummary(analysis, onlyDir)}\nResults: ${onlyDir}\n`);
    return;
  }
  const outcomes = await many.analyzeMany(clips, {
    ...{ jobs: options.jobs, again, base: out ?? ".", signal: stop.signal, run },
  });
  if (json) printJson(outcomes);
  else many.printOutcomes(outcomes);
  if (outcomes.some(({ state }) => state === "failed" || state === "cancelled")) process.exitCode = 1;
}

/** Of many clips only their ends are told. */
const untold: (progress: AnalysisProgress) => void = () => undefined;

function toJobs(text: string): number {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 64)
    throw new AppError("invalid_request", `"${text}" is no number of clips at a time. Give 1 to 64.`);
  return jobs;
}

function chooseNetwork(choice: string, before: Record<string, string>): Record<string, string> {
  const [task = "", id = ""] = choice.split("=");
  return { ...before, [task]: id };
}
