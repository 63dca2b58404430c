import { execFile } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { createRunner } from "../../daemon/analysis/runner.ts";
import { loadConfig } from "../../daemon/config.ts";
import { createLog } from "../../daemon/log.ts";
import { readMachine } from "../../daemon/jobs/capacity.ts";
import { figure, type Figure } from "./report.ts";
import { analysisSchema } from "../../shared/protocol/results.ts";

const run = promisify(execFile);
const log = createLog("warn");
const edin = path.join(import.meta.dirname, "../../dist/edin.js");

/**
 * Clips a minute with 1, 2, 4 ... analyses at a time, up to the number of cores and at least to four, and the efficiency: what
 * n of them do, over n times what one does. On Linux also the frames a second that one core alone gives.
 */
export async function benchThroughput(clip: string, folder: string, rounds: number): Promise<Figure[]> {
  const { cores } = readMachine();
  const counts = [1, 2, 4, 8, 16, 32].filter((count) => count <= Math.max(4, cores));
  const minutes = new Map<number, number[]>(counts.map((count) => [count, []]));
  for (let round = 0; round < rounds; round++)
    for (const count of counts) minutes.get(count)!.push(await clipsAMinute(clip, folder, count));
  const one = minutes.get(1)!;
  return [
    ...counts.map((count) => figure("throughput", `clips/min, ${count} at a time`, minutes.get(count)!)),
    ...counts.slice(1).map((count) =>
      figure(
        "throughput",
        `efficiency of ${count}, ${cores} cores`,
        minutes.get(count)!.map((value, round) => value / (count * one[round]!)),
      ),
    ),
    ...(await oneCore(clip, folder, rounds)),
  ];
}

/** So many processes are kept at work until each did two clips; the first one of each, which loads networks, does not count. */
async function clipsAMinute(clip: string, folder: string, count: number): Promise<number> {
  await using runner = createRunner(loadConfig({ dataDir: path.join(folder, "data"), device: "cpu" }), log);
  const analyse = async (name: string): Promise<void> => {
    const outDir = path.join(folder, name);
    await mkdir(outDir, { recursive: true });
    const context = { signal: new AbortController().signal, log, onProgress: () => undefined };
    await runner.run({ id: name, mediaPath: clip, outDir, pipeline: "multimodal", config: {} }, context);
  };
  const all = (round: string) =>
    Promise.all(Array.from({ length: count }, (_, i) => analyse(`${round}-${i}`)));
  await all("warm");
  const start = performance.now();
  await all("timed");
  return (60_000 * count) / (performance.now() - start);
}

/** Networks, sampling and decoding on one core: what a machine with more of them multiplies, at best. */
async function oneCore(clip: string, folder: string, rounds: number): Promise<Figure[]> {
  if (process.platform !== "linux") return [];
  const outDir = path.join(folder, "one-core");
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const command = [process.execPath, edin, "analyze", clip, "--out", outDir, "--force", "--device", "cpu"];
    await run("taskset", ["-c", "0", ...command]);
    const text = await readFile(path.join(outDir, "analysis.json"), "utf8");
    speeds.push(analysisSchema.parse(JSON.parse(text)).run.framesPerSecond);
  }
  return [figure("throughput", "frames/s at 720p, one core alone", speeds)];
}
