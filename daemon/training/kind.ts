import { copyFile, rm } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../config.ts";
import { toolsOf } from "../analysis/tools.ts";
import { defineKind, type JobKind } from "../jobs/kind.ts";
import { makeFolder } from "../store/files.ts";
import { trainingRequestSchema } from "../../shared/protocol/trainingRoutes.ts";
import { eventsFile, isAskedToStop, stopFile } from "./jobFiles.ts";
import { TrainingTold } from "./trainingTold.ts";

/** How often it is looked whether somebody wants a training to end early. */
const lookMs = 1000;

/** The kind of jobs that trains networks, one at a time, in a process of its own. */
export function trainingKind(config: Config): JobKind {
  return defineKind({
    ...{ name: "training", folder: "trainings", atOnce: 1, request: trainingRequestSchema },
    async run({ file, written }, { outDir, keptDir, signal, onProgress, id, log }) {
      const { trainInProcess } = await import("./trainingJob.ts");
      const { networkId } = await import("./trainingFile.ts");
      await makeFolder(keptDir);
      await rm(stopFile(keptDir), { force: true });
      // In the end it lies under the name of the job.
      const placed = path.join(path.dirname(outDir), id);
      const told = new TrainingTold(eventsFile(keptDir), { from: outDir, to: placed }, onProgress);
      const enough = new AbortController();
      const looking = setInterval(() => {
        void isAskedToStop(keptDir).then((asked) => asked && enough.abort());
      }, lookMs);
      try {
        await trainInProcess(
          {
            ...{ written, id: networkId(file), folder: path.dirname(file), outDir },
            ...{ kept: path.join(keptDir, "lessons"), ffmpeg: await toolsOf(config) },
            folders: { modelsDir: config.modelsDir, userModelsDir: config.userModelsDir },
            ...{ device: config.device, packages: config.dataDir, python: config.pythonPath },
          },
          { signal, enough: enough.signal, log, onEvent: (event) => told.hear(event) },
        );
      } finally {
        clearInterval(looking);
      }
      await copyFile(eventsFile(keptDir), eventsFile(outDir));
    },
  });
}
