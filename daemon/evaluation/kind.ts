import { readFile } from "node:fs/promises";
import path from "node:path";
import type * as z from "zod";
import { evaluatedSchema, newEvaluationSchema, type Evaluated } from "../../shared/protocol/evaluations.ts";
import { counted } from "../../shared/text/counted.ts";
import type { Config } from "../config.ts";
import { workInProcess, type JobWork } from "../jobs/jobProcess.ts";
import { defineKind, type JobKind } from "../jobs/kind.ts";
import { writeFileAtomic } from "../store/files.ts";
import type { Roots } from "../store/roots.ts";

const report = "evaluation.json";

/** The kind of jobs that measures a network on a labelled set, or fits how sure it is, one at a time. */
export function evaluationKind(config: Config, roots: Roots): JobKind {
  return defineKind({
    ...{ name: "evaluation", folder: "evaluations", atOnce: 1, request: newEvaluationSchema },
    async run({ set, groups, ...request }, context) {
      // The grant may have been taken back meanwhile.
      const input: EvaluationInput = {
        ...{ ...request, set: await roots.resolve(set) },
        ...(groups !== undefined && { groups: await roots.resolve(groups) }),
      };
      await workInProcess("evaluation", input, config, context);
    },
  });
}

type EvaluationInput = z.output<typeof newEvaluationSchema>;

/** What the process of the job does. */
export const workOnEvaluation: JobWork<EvaluationInput> = async (
  { model, set, faces, groups, against, calibrate },
  { config, ffmpeg, outDir, signal, onProgress },
) => {
  const [{ evaluate }, calibration, { openModels }] = await Promise.all([
    import("./evaluate.ts"),
    import("./calibrate.ts"),
    import("../inference/models.ts"),
  ]);
  await using models = await openModels({ ...config, uncalibrated: calibrate !== undefined });
  const options = {
    ...{ models, faces, signal, ffmpeg },
    onProgress: (done: number, total: number) =>
      onProgress({ share: done / total, text: `${done} of ${counted(total, "file")}` }),
  };
  const found: unknown =
    calibrate === undefined
      ? { kind: "figures", figures: await evaluate(model, set, { ...options, groups, against }) }
      : {
          kind: "calibration",
          ...(await calibration.calibrate(config, model, set, {
            ...{ ...options, withBias: calibrate === "bias" },
          })),
        };
  // What nobody shows, such as the list of files that could not be read, is left out.
  await writeFileAtomic(path.join(outDir, report), JSON.stringify(evaluatedSchema.parse(found)));
};

/** What a finished job found, as its folder of results holds it. */
export async function readEvaluated(folder: string): Promise<Evaluated> {
  return evaluatedSchema.parse(JSON.parse(await readFile(path.join(folder, report), "utf8")));
}
