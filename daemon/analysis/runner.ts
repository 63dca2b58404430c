import type { Config } from "../config.ts";
import type { Models } from "../inference/models.ts";
import { toolsOf } from "./tools.ts";
import type { Runner } from "./kind.ts";

/**
 * Runs analyses with the networks of the configuration. What is heavy (the inference runtime, the pipelines) is loaded at
 * the first analysis, so that the daemon starts at once; networks stay loaded for the next.
 */
export function createRunner(config: Config): { run: Runner } & AsyncDisposable {
  let opening: Promise<Models> | undefined;
  const models = async (): Promise<Models> => {
    const { openModels } = await import("../inference/models.ts");
    return openModels(config);
  };
  return {
    async run(request, { signal, onProgress }) {
      const { runAnalysis } = await import("./run.ts");
      const ffmpeg = await toolsOf(config);
      opening ??= models();
      // What failed may be put right before the next analysis.
      opening.catch(() => (opening = undefined));
      const opened = await opening;
      await opened.refresh();
      await runAnalysis(request, { models: opened, ffmpeg, signal, onProgress });
    },
    async [Symbol.asyncDispose]() {
      const opened = await opening?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
