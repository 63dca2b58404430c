// Runs the toy network on a device and on the cpu; prints one JSON object. The argument is a device, or `software-card`
// for `auto` on a machine that says it has a graphics card. See webgpu.test.ts.
import path from "node:path";
import type { FallThrough } from "../../../daemon/inference/device.ts";
import { readManifest } from "../../../daemon/inference/manifest.ts";
import { readModelFile } from "../../../daemon/inference/modelFile.ts";
import { startSession } from "../../../daemon/inference/session.ts";
import { SessionStarter } from "../../../daemon/inference/sessionStarter.ts";
import { isAppError } from "../../../shared/errors.ts";
import { deviceChoiceSchema } from "../../../shared/protocol/results.ts";

const modelsDir = path.join(import.meta.dirname, "../../fixtures/models");
const image = {
  data: new Float32Array(2 * 768).map((_, i) => (i * 37 + (i >> 4)) % 256),
  shape: [2, 3, 16, 16],
};

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
