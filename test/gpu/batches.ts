// Pictures a second of each packed network by how many go in together, on one device: node measure.mjs --batches DEVICE
import { readManifest } from "../../daemon/inference/manifest.ts";
import { readModelFile } from "../../daemon/inference/modelFile.ts";
import type { Tensor } from "../../daemon/inference/session.ts";
import { SessionStarter } from "../../daemon/inference/sessionStarter.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import { deviceChoiceSchema } from "../../shared/protocol/results.ts";

export interface BatchSpeed {
  readonly id: string;
  readonly together: number;
  readonly picturesPerSecond: number;
}

const sizes = [1, 2, 4, 8, 16, 32];
/** A network and a size are timed for so long. */
const timedMs = 300;

export async function timeBatches(modelsDir: string, device: string, most = 32): Promise<BatchSpeed[]> {
  const starter = new SessionStarter(deviceChoiceSchema.parse(device), 1);
  const found: BatchSpeed[] = [];
  for (const entry of (await readManifest({ modelsDir })).models) {
    // Pictures; the small networks of numbers run on the processor wherever the others do.
    if (
      !entry.inputs.every(
        ({ shape: [many, ...rest] }) => typeof many === "string" && rest.every(Number.isInteger),
      )
    )
      continue;
    const started = await starter.start(entry, (form) => readModelFile(modelsDir, form));
    for (const together of sizes.filter((size) => size <= most)) {
      const inputs = batchOf(entry, together);
      // The first one compiles.
      await started.session.run(inputs);
      const startedAt = performance.now();
      let runs = 0;
      while (performance.now() - startedAt < timedMs) {
        await started.session.run(inputs);
        runs += 1;
      }
      const seconds = (performance.now() - startedAt) / 1000;
      found.push({ id: entry.id, together, picturesPerSecond: (together * runs) / seconds });
    }
    await started.session.release();
  }
  return found;
}

function batchOf(entry: ModelEntry, together: number): Record<string, Tensor> {
  return Object.fromEntries(
    entry.inputs.map(({ name, shape }) => {
      const sizesOf = shape.map((size, axis) =>
        axis === 0 ? together : typeof size === "string" ? 1 : size,
      );
      const length = sizesOf.reduce((a, b) => a * b, 1);
      return [name, { data: Float32Array.from({ length }, (_, i) => (i * 37) % 256), shape: sizesOf }];
    }),
  );
}
