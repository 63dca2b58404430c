import { randomUUID } from "node:crypto";
import path from "node:path";
import { LiveFigures } from "../../daemon/live/figures.ts";
import { LiveProcess } from "../../daemon/live/liveProcess.ts";
import { createLog } from "../../daemon/log.ts";
import type { Ffmpeg } from "../../daemon/media/ffmpeg.ts";
import type { LivePipeline } from "../../shared/protocol/pipelines.ts";
import { figure, type Figure } from "./report.ts";

/** A session is watched for this long; its first second, while the networks warm up, is part of it. */
const watchMs = 15_000;

/**
 * A clip without sound, played in real time through a live session as the daemon runs it: in a process of its own, watched, with
 * previews. Latency is from the arrival of a frame to its result in this process; frames dropped are of all that came.
 */
export async function benchLive(
  ffmpeg: Ffmpeg,
  clip: string,
  outDir: string,
  rounds: number,
  pipeline: LivePipeline = "multimodal",
): Promise<Figure[]> {
  const p50: number[] = [];
  const p95: number[] = [];
  const dropped: number[] = [];
  const fps: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const figures = new LiveFigures();
    let running = (): void => undefined;
    const started = new Promise<void>((resolve) => (running = resolve));
    let last = figures.report();
    const session = new LiveProcess(
      {
        ...{ id: randomUUID(), source: { kind: "file", path: clip }, pipeline, config: {} },
        ...{
          record: false,
          recordingDir: path.join(outDir, "recording"),
          recordingStem: "recording",
          resultsDir: outDir,
        },
      },
      { modelsDir: path.resolve("models"), device: "cpu", ffmpeg },
      (event) => {
        if (event.kind === "running") running();
        if (event.kind !== "frame") return;
        figures.result(event.arrivedAt, event.counts);
        last = figures.report();
      },
      createLog("warn"),
    );
    session.send({ type: "watched", watched: true });
    await Promise.race([started, session.ended]);
    const timer = setTimeout(() => session.send({ type: "stop" }), watchMs);
    const { failure } = await session.ended;
    clearTimeout(timer);
    if (failure !== undefined) throw new Error(failure.message);
    p50.push(last.latencyP50Ms);
    p95.push(last.latencyP95Ms);
    fps.push(last.fps);
    dropped.push((100 * last.dropped) / last.framesIn);
  }
  const name = pipeline === "multimodal" ? "live-latency" : `live-latency ${pipeline}`;
  const share = (values: number[]) => ({
    ...figure(`${name} dropped`, "%", values),
    spread: spreadOf(values),
  });
  return [
    figure(name, "ms p95", p95),
    figure(name, "ms p50", p50),
    figure(`${name} rate`, "fps", fps),
    share(dropped),
  ];
}

/** Around nought there is no range over the median: the range itself, as a fraction. */
const spreadOf = (percents: readonly number[]): number =>
  (Math.max(...percents) - Math.min(...percents)) / 100;
