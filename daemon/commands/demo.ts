import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Command, Option } from "commander";
import { defaultPipeline } from "../../shared/protocol/pipelines.ts";
import { AppError } from "../../shared/errors.ts";
import { analysisSchema, deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { pageCodeMinutes } from "../../shared/protocol/system.ts";
import type { AnalysisService } from "../analysis/service.ts";
import { loadConfig, type Config } from "../config.ts";
import { createLog } from "../log.ts";
import { makePrivateFolder } from "../store/privateFolder.ts";
import { toAbsolute } from "./absolute.ts";
import { ProgressLine } from "./progress.ts";
import { runUntilStopped } from "./runUntilStopped.ts";

interface Options {
  device?: DeviceChoice;
  dataDir?: string;
  serve: boolean;
}

/** `edin demo [MEDIA]`: everything once, on a clip of real faces or on the user's own. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("Analyse a sample clip, or your own, print the summary and show the results in a page.")
    .argument("[media]", "a video file (default: a clip made from photographs at the first run)", toAbsolute)
    .addOption(new Option("--device <device>", "where to run it").choices(deviceChoiceSchema.options))
    .option("--data-dir <dir>", "folder of the clip and the results (default: `demo` in EDIN's)", toAbsolute)
    .option("--no-serve", "end after the summary")
    .action(demo);
}

async function demo(media: string | undefined, { device, dataDir, serve }: Options): Promise<void> {
  // A folder of its own: another daemon of the user's may have the usual one open.
  const folder = dataDir ?? path.join(loadConfig().dataDir, "demo");
  const clip = media ?? path.join(folder, "sample-1.mp4");
  const config = loadConfig({ dataDir: folder, device, roots: [path.dirname(clip)], logLevel: "warn" });
  const log = createLog(config.logLevel);
  await makePrivateFolder(folder, log);
  if (!media && !existsSync(clip)) await makeClip(clip, config);

  const { startDaemon } = await import("../server.ts");
  const { createRunner } = await import("../analysis/runner.ts");
  await using runner = createRunner(config, log);
  await using daemon = await startDaemon(config, (request, context) => runner.run(request, context), log);
  const { id } = await daemon.service.start({ mediaPath: clip, pipeline: defaultPipeline, config: {} });
  const finished = await follow(daemon.service, id);
  if (!finished) return;
  const outDir = await daemon.service.results(id);
  const analysis = analysisSchema.parse(
    JSON.parse(await readFile(path.join(outDir, "analysis.json"), "utf8")),
  );
  const { formatSummary } = await import("./summary.ts");
  process.stdout.write(`${await formatSummary(analysis, outDir)}\n\nClip:    ${clip}\nFiles:   ${outDir}\n`);
  if (!serve) return;
  const stopped = runUntilStopped(log, { asked: daemon.stopAsked });
  process.stdout.write(
    `Results: ${daemon.createPageUrl(`analysis/${id}`)}\n         (lets one browser in, within ${pageCodeMinutes} minutes; Ctrl-C ends the demo)\n`,
  );
  await stopped;
}

async function makeClip(clip: string, config: Config): Promise<void> {
  const [{ makeSampleClip }, { toolsOf }] = await Promise.all([
    import("../sample/sampleClip.ts"),
    import("../analysis/tools.ts"),
  ]);
  const { stderr } = process;
  stderr.write("Making a sample clip from the photographs of @vladmandic/face-api, with a synthetic voice\n");
  let shown = -1;
  await makeSampleClip(clip, {
    ffmpeg: await toolsOf(config),
    onProgress: (done) => {
      const percent = 10 * Math.floor(10 * done);
      if (percent === shown) return;
      shown = percent;
      stderr.write(stderr.isTTY ? `\r${percent} %` : `${percent} %\n`);
    },
  });
  if (stderr.isTTY) stderr.write("\n");
}

/** Shows the progress of an analysis to its end; false when the user stopped it. @throws AppError that it ended in. */
async function follow(service: AnalysisService, id: string): Promise<boolean> {
  const progress = new ProgressLine();
  const stop = () => void service.cancel(id);
  process.once("SIGINT", stop).once("SIGTERM", stop);
  let unsubscribe: () => void = () => undefined;
  try {
    const ended = new Promise<void>((resolve) => {
      unsubscribe = service.subscribe((event) => {
        if (event.kind === "progress" && event.id === id) progress.show(event.progress);
        if (event.kind === "changed" && event.analysis.id === id && event.analysis.finishedAt) resolve();
      });
    });
    // It may have ended before anybody listened.
    if (!(await service.get(id)).finishedAt) await ended;
  } finally {
    unsubscribe();
    progress.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
  const { state, failure } = await service.get(id);
  if (state === "done") return true;
  if (state === "cancelled") return false;
  throw new AppError(failure?.code ?? "internal", failure?.message ?? "The analysis did not end well.");
}
