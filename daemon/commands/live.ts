import { randomUUID } from "node:crypto";
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { AppError } from "../../shared/errors.ts";
import { livePipelineSchema, type LivePipeline } from "../../shared/protocol/pipelines.ts";
import type { LiveSource } from "../../shared/protocol/live.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import type { Devices } from "../capture/devices.ts";
import type { LiveFigures } from "../live/figures.ts";
import type { LiveEvent } from "../live/events.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import { dominant } from "../results/tracks.ts";
import { addPipelineOptions, pipelineConfig, withGazeCalibration } from "./pipelineOptions.ts";
import { formatTable, printJson } from "./output.ts";
import { clock } from "./summary.ts";

/** The flags of the pipelines come beside these. */
interface Options extends Record<string, unknown> {
  source: string;
  camera?: string;
  microphone?: string;
  devices?: true;
  pipeline: LivePipeline;
  device?: DeviceChoice;
  seconds?: number;
  record?: true;
  out?: string;
  json?: true;
  gazeCalibration?: string;
}

/** `edin live`. */
export function liveCommand(): Command {
  const command = new Command("live")
    .description("Read a camera and a microphone, or a clip as if it were one, as it comes. Ctrl-C ends it.")
    .option("--devices", "list cameras and microphones")
    .option("--source <source>", "devices, or file:CLIP", "devices")
    .option("--camera <id>", "a camera of the list (default: the first)")
    .option("--microphone <id>", "a microphone of the list (default: the first)");
  return addPipelineOptions(command, livePipelineSchema.options)
    .addOption(new Option("--device <device>", "where to run it").choices(deviceChoiceSchema.options))
    .option("--seconds <n>", "end after so many seconds", toSeconds)
    .option("--record", "keep video, sound and results")
    .option(
      "--out <dir>",
      "folder of the recording (default: live-<time>.edin in the current folder)",
      toAbsolute,
    )
    .option("--json", "print a JSON object a line: {kind, ...} for each result, then {kind: end}")
    .action(live);
}

async function live(options: Options): Promise<void> {
  const [{ findFfmpeg }, { listDevices }] = await Promise.all([
    import("../media/ffmpeg.ts"),
    import("../capture/devices.ts"),
  ]);
  const config = loadConfig(options.device === undefined ? {} : { device: options.device });
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  if (options.devices) {
    const { cameras, microphones, reason } = await listDevices(ffmpeg);
    if (options.json) printJson({ cameras, microphones, ...(reason !== undefined && { reason }) });
    else {
      const rows = [
        ...cameras.map(({ id, name }) => ["camera", id, name]),
        ...microphones.map(({ id, name }) => ["microphone", id, name]),
      ];
      process.stdout.write(`${formatTable(["kind", "id", "name"], rows)}\n${reason ? `${reason}\n` : ""}`);
    }
    return;
  }
  const [{ LiveRun }, { LiveFigures }, { openModels }, { formatSummary }] = await Promise.all([
    import("../live/run.ts"),
    import("../live/figures.ts"),
    import("../inference/models.ts"),
    import("./summary.ts"),
  ]);
  const settings = await withGazeCalibration(pipelineConfig(options), options.gazeCalibration);
  const source = chooseSource(options, options.source === "devices" ? await listDevices(ffmpeg) : undefined);
  const outDir = options.out ?? path.resolve(`live-${new Date().toISOString().replace(/[:.]/g, "-")}.edin`);
  const figures = new LiveFigures();
  const show = options.json ? printLine : statusLine(figures);
  await using models = await openModels(config);
  const run = new LiveRun(
    {
      id: randomUUID(),
      source,
      pipeline: options.pipeline,
      config: settings,
      record: options.record === true,
      recordingDir: outDir,
      recordingStem: "recording",
      resultsDir: outDir,
    },
    {
      models,
      ffmpeg,
      tell(event) {
        if (event.kind === "running" && options.seconds !== undefined)
          setTimeout(() => run.stop(), 1000 * options.seconds).unref();
        if (event.kind !== "frame") {
          show(event);
          return;
        }
        const latencyMs = figures.result(event.arrivedAt, event.counts);
        show({ ...event, latencyMs });
      },
    },
  );
  // A second Ctrl-C ends the process the hard way; the recording plays all the same.
  process.once("SIGINT", () => run.stop()).once("SIGTERM", () => run.stop());
  const { failure, analysis, counts } = await run.ended;
  figures.end(counts);
  if (failure !== undefined) throw new AppError(failure.code, failure.message);
  if (options.json) printLine({ kind: "end", stats: figures.report(), ...(analysis && { analysis }) });
  else {
    process.stderr.write("\n");
    if (analysis) process.stdout.write(`${await formatSummary(analysis, outDir)}\nResults: ${outDir}\n`);
  }
}

/** @throws AppError `invalid_request`, `not_found` where there is no device */
function chooseSource({ source, camera, microphone }: Options, devices: Devices | undefined): LiveSource {
  const [, clip] = /^file:(.+)$/s.exec(source) ?? [];
  if (clip !== undefined) return { kind: "file", path: path.resolve(clip) };
  if (devices === undefined)
    throw new AppError("invalid_request", "Give --source devices, or --source file:CLIP.");
  const chosen = {
    camera: camera ?? devices.cameras[0]?.id,
    microphone: microphone ?? devices.microphones[0]?.id,
  };
  if (chosen.camera === undefined && chosen.microphone === undefined)
    throw new AppError(
      "not_found",
      devices.reason ?? "There is no camera and no microphone. Connect one, or give --source file:CLIP.",
    );
  return { kind: "devices", ...chosen };
}

/** An event of the run; of a result also how long it took. */
type Shown = LiveEvent & { readonly latencyMs?: number };

function printLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Shows on stderr how it goes: one line that is rewritten on a terminal, else a line a second. */
function statusLine(figures: LiveFigures): (event: Shown) => void {
  const { stderr } = process;
  let shownAt = 0;
  return (event) => {
    if (event.kind !== "frame" || event.line.timeMs - shownAt < (stderr.isTTY ? 200 : 1000)) return;
    shownAt = event.line.timeMs;
    const { fps, latencyP95Ms, dropped } = figures.report();
    const faces = event.line.faces.map(
      ({ track, emotion }) => `${track} ${emotion ? dominant(emotion) : "?"}`,
    );
    const text = `${clock(event.line.timeMs)}  ${faces.join(", ") || "no face"}  ${fps} fps, ${latencyP95Ms} ms, ${dropped} dropped`;
    stderr.write(stderr.isTTY ? `\r\u001B[2K${text}` : `${text}\n`);
  };
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 12 * 3600) return seconds;
  throw new InvalidArgumentError("Give a number of seconds, up to twelve hours.");
}
