import { readFile } from "node:fs/promises";
import path from "node:path";
import type * as z from "zod";
import { madeDatasetSchema, newDatasetSchema, type MadeDataset } from "../../../shared/protocol/datasets.ts";
import type { Config } from "../../config.ts";
import { workInProcess, type JobWork } from "../../jobs/jobProcess.ts";
import { defineKind, type JobKind } from "../../jobs/kind.ts";
import { writeFileAtomic } from "../../store/files.ts";
import type { Roots } from "../../store/roots.ts";

const report = "dataset.json";

/** The kind of jobs that makes a set of labelled clips, in their folder, one at a time. */
export function datasetKind(config: Config, roots: Roots): JobKind {
  return defineKind({
    ...{ name: "dataset", folder: "datasets", atOnce: 1, request: newDatasetSchema },
    async run({ path: asked, ...request }, context) {
      // The grant may have been taken back meanwhile.
      const input: DatasetInput = { ...request, folder: await roots.resolve(asked) };
      await workInProcess("dataset", input, config, context);
    },
  });
}

type DatasetInput = Omit<z.output<typeof newDatasetSchema>, "path"> & { readonly folder: string };

/** What the process of the job does. */
export const workOnDataset: JobWork<DatasetInput> = async (
  { folder, name, tier, test, replace },
  { config, ffmpeg, outDir, signal, onProgress },
) => {
  const [{ makeDataset }, { openModels }] = await Promise.all([
    import("./makeDataset.ts"),
    import("../../inference/models.ts"),
  ]);
  await using models = await openModels(config);
  const made = await makeDataset({ folder, tier }, path.join(folder, name), {
    ...{ models, ffmpeg, signal, test, seed: 1, everyMs: 500, max: 5, force: replace },
    onProgress: (done, total) =>
      onProgress({ share: done / total, text: `${done} of ${total} faces or voices` }),
  });
  await writeFileAtomic(path.join(outDir, report), `${JSON.stringify(made)}\n`);
};

/** What a finished job made, as its folder of results holds it. */
export async function readMade(folder: string): Promise<MadeDataset> {
  return madeDatasetSchema.parse(JSON.parse(await readFile(path.join(folder, report), "utf8")));
}
