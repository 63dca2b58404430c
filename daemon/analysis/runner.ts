import type { Config } from "../config.ts";
import type { Models } from "../inference/models.ts";
import { toolsOf } from "./tools.ts";
import type { Runner } from "./kind.ts";

/**
 * Runs analyses with the networks of the configuration. What is heavy (the inference runtime, the pipelines) is loaded at
 * the first analysis, so that the daemon starts at once; networks stay loaded for the next. Analyses that run at the same time
 * have networks of their own, each set on a thread of its own.
 */
export function createRunner(config: Config): { run: Runner } & AsyncDisposable {
  const idle: Models[] = [];
  const open = async (): Promise<Models> => {
    const { openModels } = await import("../inference/models.ts");
    return openModels(config);
  };
  return {
    async run(request, { signal, onProgress }) {
      const { runAnalysis } = await import("./run.ts");
      const ffmpeg = await toolsOf(config);
      const models = idle.pop() ?? (await open());
      try {
        await models.refresh();
        await runAnalysis(request, { models, ffmpeg, signal, onProgress });
      } finally {
        idle.push(models);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const models of idle.splice(0)) await models[Symbol.asyncDispose]();
    },
  };
}
