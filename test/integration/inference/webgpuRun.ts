// Runs the toy network on a device and on the cpu; prints one JSON object. The argument is a device, `software-card` for
// `auto` on a machine that says it has a graphics card, or `together` for a large and a tiny network at once. See webgpu.test.ts.
import path from "node:path";
import type { FallThrough } from "../../../daemon/inference/device.ts";
import { readManifest } from "../../../daemon/inference/manifest.ts";
import { readModelFile } from "../../../daemon/inference/modelFile.ts";
import { openModels } from "../../../daemon/inference/models.ts";
import { startSession, type Tensors } from "../../../daemon/inference/session.ts";
import { SessionStarter } from "../../../daemon/inference/sessionStarter.ts";
import { isAppError } from "../../../shared/errors.ts";
import { productModels } from "../../support/productModels.ts";
import { deviceChoiceSchema } from "../../../shared/protocol/results.ts";

const modelsDir = path.join(import.meta.dirname, "../../fixtures/models");
const image = {
  data: new Float32Array(2 * 768).map((_, i) => (i * 37 + (i >> 4)) % 256),
  shape: [2, 3, 16, 16],
};

if (process.argv[2] === "together") console.log(JSON.stringify(await runTogether()));
else await runToy();

async function runTogether() {
  await using models = await openModels({ modelsDir: productModels, device: "webgpu" });
  await using cpu = await openModels({ modelsDir: productModels, device: "cpu" });
  const eyes = {
    image: { data: Float32Array.from({ length: 6912 }, (_, i) => (i * 37) % 256), shape: [1, 3, 48, 48] },
  };
  const eec = Object.fromEntries(
    Object.entries({ expression: 8, eyes: 2, gaze: 4 }).map(([name, length]) => [
      name,
      { data: new Float32Array(length).fill(0.125), shape: [1, length] },
    ]),
  );
  const providers: Record<string, string> = {};
  let worstDifference = 0;
  const hold = async (task: string, inputs: Tensors, times: number) => {
    const [ours, theirs] = [await models.load(task), await cpu.load(task)];
    providers[task] = ours.provider;
    const [expected] = Object.values(await theirs.run(inputs));
    return async () => {
      for (let n = 0; n < times; n++) {
        const [got] = Object.values(await ours.run(inputs));
        for (const [i, value] of got!.data.entries())
          worstDifference = Math.max(worstDifference, Math.abs(value - expected!.data[i]!));
      }
    };
  };
  const runs = [await hold("eye-state", eyes, 3), await hold("eec", eec, 300)];
  await Promise.all(runs.map((go) => go()));
  return { fallThrough: [], providers, worstDifference };
}

async function runToy(): Promise<void> {
  const entry = (await readManifest({ modelsDir })).models[0]!;
  const bytes = await readModelFile(modelsDir, entry);
  const starter =
    process.argv[2] === "software-card"
      ? new SessionStarter("auto", 1, startSession, () => undefined)
      : new SessionStarter(deviceChoiceSchema.parse(process.argv[2]), 1);
  const report: {
    fallThrough: readonly FallThrough[];
    provider?: string;
    code?: string;
    worstDifference?: number;
  } = { fallThrough: starter.fallThrough };
  try {
    const { provider, session } = await starter.start(entry, () => Promise.resolve(bytes));
    const cpu = await startSession(bytes, "cpu", 1);
    const [ours, theirs] = [await session.run({ image }), await cpu.run({ image })];
    const expected = theirs["probabilities"]!.data;
    const differences = ours["probabilities"]!.data.map((p, i) => Math.abs(p - expected[i]!));
    report.provider = provider;
    report.worstDifference = Math.max(...differences);
  } catch (error) {
    if (!isAppError(error)) throw error;
    report.code = error.code;
  }
  console.log(JSON.stringify(report));
}
