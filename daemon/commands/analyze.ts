import { randomUUID } from "node:crypto";
import path from "node:path";
import { Command, Option } from "commander";
import {
  deviceChoiceSchema,
  pipelineSchema,
  type DeviceChoice,
  type Pipeline,
} from "../../shared/protocol/results.ts";
import {
  magnificationModeSchema,
  presetSchema,
  temporalFilterSchema,
  type Magnification,
  type Preset,
} from "../../shared/protocol/analysisConfig.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { printJson } from "./output.ts";

interface Options {
  pipeline: Pipeline;
  device?: DeviceChoice;
  out?: string;
  json?: true;
  preset?: Preset;
  mode?: Magnification["mode"];
  filter?: Magnification["filter"];
  alpha?: number;
  band?: [number, number];
  levels?: number;
  audioTrack?: number;
  maxFaces?: number;
  network: Record<string, string>;
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
    .addOption(new Option("--preset <name>", "evm: band and amplification").choices(presetSchema.options))
    .addOption(new Option("--mode <mode>", "evm: what is magnified").choices(magnificationModeSchema.options))
    .addOption(new Option("--filter <name>", "evm: temporal filter").choices(temporalFilterSchema.options))
    .option("--alpha <factor>", "evm: amplification (default: chosen inside the bound)", Number)
    .option("--band <low,high>", "evm: pass band in Hz, as 0.5,1.5", (text) => text.split(",").map(Number))
    .option("--levels <n>", "evm: levels of spatial pooling", Number)
    .option("--max-faces <n>", "faces followed at a time (default: 16)", Number)
    .option("--audio-track <n>", "sound track to hear, from 1 (default: the first with a voice)", Number)
    .option("--network <task=id>", "use another network for a task, as face=face-ssdlite", chooseNetwork, {})
    .option("--json", "print analysis.json instead of the summary")
    .action((media: string, options: Options) => analyze(media, options));
}

async function analyze(media: string, options: Options): Promise<void> {
  const { pipeline, device, out, json } = options;
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
  await using models = await openModels(config);
  const analysis = await runAnalysis(
    {
      id: randomUUID(),
      mediaPath: path.resolve(media),
      outDir,
      pipeline,
      config: {
        networks: options.network,
        magnification: magnification(options),
        ...(options.audioTrack !== undefined && { audioTrack: options.audioTrack }),
        ...(options.maxFaces !== undefined && { maxFaces: options.maxFaces }),
      },
    },
    { models, ffmpeg, signal: stop.signal, onProgress: (at) => progress.show(at) },
  ).finally(() => progress.end());
  if (json) printJson(analysis);
  else process.stdout.write(`${await formatSummary(analysis, outDir)}\nResults: ${outDir}\n`);
}

/** What was asked of the magnification; the analysis checks it and fills in the rest. */
function magnification({ preset, mode, filter, alpha, band, levels }: Options): Record<string, unknown> {
  const asked = { preset, mode, filter, alpha, bandHz: band, levels };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function chooseNetwork(choice: string, before: Record<string, string>): Record<string, string> {
  const [task = "", id = ""] = choice.split("=");
  return { ...before, [task]: id };
}
