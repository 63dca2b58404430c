import { readFile } from "node:fs/promises";
import path from "node:path";
import { madeDatasetSchema, newDatasetSchema, type MadeDataset } from "../../../shared/protocol/datasets.ts";
import { toolsOf } from "../../analysis/tools.ts";
import type { Config } from "../../config.ts";
import { defineKind, type JobKind } from "../../jobs/kind.ts";
import { writeFileAtomic } from "../../store/files.ts";
import type { Roots } from "../../store/roots.ts";

const report = "dataset.json";

/** The kind of jobs that makes a set of labelled clips, in their folder, one at a time. */
export function datasetKind(config: Config, roots: Roots): JobKind {
  return defineKind({
    ...{ name: "dataset", folder: "datasets", atOnce: 1, request: newDatasetSchema },
    async run({ path: asked, name, tier, test, replace }, { outDir, signal, onProgress }) {
      // The grant may have been taken back meanwhile.
      const folder = await roots.resolve(asked);
      const [{ makeDataset }, { openModels }] = await Promise.all([
        import("./makeDataset.ts"),
        import("../../inference/models.ts"),
      ]);
      await using models = await openModels(config);
      const made = await makeDataset({ folder, tier }, path.join(folder, name), {
        ...{ models, ffmpeg: await toolsOf(config), signal, test, seed: 1, everyMs: 500, max: 5 },
        force: replace,
        onProgress: (done, total) =>
          onProgress({ share: done / total, text: `${done} of ${total} faces or voices` }),
      });
      await writeFileAtomic(path.join(outDir, report), `${JSON.stringify(made)}\n`);
    },
  });
}

/** What a finished job made, as its folder of results holds it. */
export async function readMade(folder: string): Promise<MadeDataset> {
  return madeDatasetSchema.parse(JSON.parse(await readFile(path.join(folder, report), "utf8")));
}
