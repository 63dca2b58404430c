/**
 * The process that runs analyses, one at a time: a child of the daemon or of a worker. It ends with its parent, and when it
 * holds more memory than it may.
 */
import { AppError, toAppError } from "../../shared/errors.ts";
import { createLog } from "../log.ts";
import { openModels, type Models } from "../inference/models.ts";
import type { AnalysisSetup, FromAnalysis, ToAnalysis } from "./analysisProcess.ts";
import { runAnalysis } from "./run.ts";

/** How often it looks at its memory. */
const lookMs = 1000;

let models: Promise<Models> | undefined;
let stop = new AbortController();

process.on("message", (message: ToAnalysis) => {
  if (message.type === "stop") stop.abort();
  else void run(message);
});
process.once("disconnect", () => {
  stop.abort();
  // Networks that compute are not waited for: nobody reads what comes of it.
  setTimeout(() => process.exit(0), 2000).unref();
  void models?.then((open) => open[Symbol.asyncDispose]()).finally(() => process.exit(0));
  if (models === undefined) process.exit(0);
});
// A terminal sends its Ctrl-C to the children as well; it is the parent that says when to end.
process.on("SIGINT", () => undefined).on("SIGTERM", () => undefined);

async function run({ request, setup }: ToAnalysis & { type: "run" }): Promise<void> {
  stop = new AbortController();
  const { signal } = stop;
  const log = createLog("debug").with({ job: request.id, pid: process.pid });
  const { pipeline } = request;
  log.info("analysis_begun", { pipeline });
  const watch = setInterval(() => watchMemory(setup), lookMs);
  try {
    models ??= openModels(setup);
    const open = await models.catch((error: unknown) => {
      // A file that was put right can be loaded again.
      models = undefined;
      throw error;
    });
    await open.refresh();
    const { device, run: made } = await runAnalysis(request, {
      models: open,
      ffmpeg: setup.ffmpeg,
      signal,
      onProgress: (progress) => tell({ type: "progress", progress }),
    });
    log.info("analysis_read", { pipeline, provider: device.provider, framesPerSecond: made.framesPerSecond });
    tell({ type: "done" });
  } catch (error) {
    const failed = toAppError(signal.aborted && signal.reason instanceof AppError ? signal.reason : error);
    const { code, message } = failed;
    // Of what nobody foresaw the place in the code is kept.
    if (code === "internal") log.error("analysis_failed", { error: failed });
    tell({ type: "failed", failure: { code, message } });
  } finally {
    clearInterval(watch);
  }
}

function watchMemory({ maxBytes }: AnalysisSetup): void {
  if (process.memoryUsage.rss() <= maxBytes || stop.signal.aborted) return;
  stop.abort(
    new AppError(
      "media_too_large",
      `The analysis needs more than ${Math.round(maxBytes / 2 ** 20)} MB of memory. Give the setting maxHeight, follow fewer faces, or run fewer analyses at a time (--jobs).`,
    ),
  );
}

function tell(message: FromAnalysis): void {
  // The parent may be gone: then this process ends as well.
  if (process.connected) process.send!(message, () => undefined);
}
