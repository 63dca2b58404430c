import type { Config } from "../config.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import { analysisNeeds } from "../jobs/capacity.ts";
import { AnalysisProcess } from "./analysisProcess.ts";
import { toolsOf } from "./tools.ts";
import type { Log } from "../log.ts";
import type { Runner } from "./kind.ts";

/** How long a process keeps its networks for the next analysis. */
const idleMs = 60_000;

/**
 * Runs analyses, each in a process of its own. A process whose analysis went well waits a while for the next one, its
 * networks loaded.
 */
export function createRunner(config: Config, log: Log): { run: Runner } & AsyncDisposable {
  const idle = new Map<AnalysisProcess, { timer: NodeJS.Timeout; device: DeviceChoice }>();
  const closing = new Set<Promise<void>>();
  const close = (process: AnalysisProcess): void => {
    const closed = process.close().finally(() => closing.delete(closed));
    closing.add(closed);
  };
  /** Its networks lie on the device for which they were loaded. */
  const take = (wanted: DeviceChoice): AnalysisProcess => {
    for (const [process, { timer, device }] of idle) {
      if (device !== wanted) continue;
      clearTimeout(timer);
      idle.delete(process);
      if (process.alive) return process;
    }
    return new AnalysisProcess(log);
  };
  const keep = (process: AnalysisProcess, device: DeviceChoice): void => {
    const end = () => {
      idle.delete(process);
      close(process);
    };
    idle.set(process, { timer: setTimeout(end, idleMs).unref(), device });
  };
  return {
    async run(request, context) {
      const { modelsDir, userModelsDir } = config;
      const { device = config.device } = request;
      const ffmpeg = await toolsOf(config);
      const process = take(device);
      try {
        const setup = { modelsDir, userModelsDir, device, ffmpeg, maxBytes: analysisNeeds.maxBytes };
        await process.run(request, setup, context);
        keep(process, device);
      } catch (error) {
        close(process);
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const [process, { timer }] of idle) {
        clearTimeout(timer);
        close(process);
      }
      idle.clear();
      await Promise.all(closing);
    },
  };
}
