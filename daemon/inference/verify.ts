import { isAppError, type ErrorCode } from "../../shared/errors.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { DeviceChoice, Provider } from "../../shared/protocol/results.ts";
import { storedCheckSchema, tensorOf } from "./check.ts";
import { folderOf, readManifest, type ModelFolders } from "./manifest.ts";
import { readInside, readModelFile } from "./modelFile.ts";
import type { Declared, NetworkSession } from "./session.ts";
import { SessionStarter } from "./sessionStarter.ts";
import { parseJson } from "../../shared/text/parseJson.ts";

/** What was found of one network. */
export interface Verification {
  readonly id: string;
  readonly ok: boolean;
  /** Where the stored input was run. */
  readonly provider?: Provider;
  /** Greatest absolute difference from the stored output. */
  readonly worstDifference?: number;
  /** Best of three runs after the first, which compiles. */
  readonly runMs?: number;
  /** Why it is not ok. */
  readonly code?: ErrorCode;
  readonly problem?: string;
}

/**
 * Checks each network of the manifest, or the one with the id `only`: file and hash, names and shapes, the stored output
 * for the stored input.
 *
 * @throws AppError when there is no manifest.
 */
export async function verifyModels(
  folders: ModelFolders,
  device: DeviceChoice,
  only?: string,
): Promise<Verification[]> {
  const starter = new SessionStarter(device, 1);
  const found: Verification[] = [];
  for (const entry of (await readManifest(folders)).models) {
    if (only !== undefined && entry.id !== only) continue;
    try {
      found.push(await verifyModel(folderOf(folders, entry), entry, starter));
    } catch (error) {
      if (!isAppError(error)) throw error;
      found.push({ id: entry.id, ok: false, code: error.code, problem: error.message });
    }
  }
  return found;
}

async function verifyModel(
  modelsDir: string,
  entry: ModelEntry,
  starter: SessionStarter,
): Promise<Verification> {
  await Promise.all([
    readModelFile(modelsDir, entry),
    readInside(modelsDir, entry.card),
    readInside(modelsDir, entry.figures),
  ]);
  const started = await starter.start(entry, (form) => readModelFile(modelsDir, form));
  const { provider, session } = started;
  try {
    const shapes =
      shapeProblem("input", entry.inputs, session.inputs) ??
      shapeProblem("output", entry.outputs, session.outputs);
    if (shapes !== undefined)
      return { id: entry.id, ok: false, provider, code: "model_refused", problem: shapes };
    return { id: entry.id, provider, ...(await runStored(modelsDir, started.entry, session)) };
  } finally {
    await session.release();
  }
}

/** Where the manifest and the file disagree. A size that the file leaves open fits anything. */
function shapeProblem(
  kind: string,
  wanted: ModelEntry["inputs"],
  found: readonly Declared[],
): string | undefined {
  for (const { name, shape } of wanted) {
    const tensor = found.find((t) => t.name === name);
    if (tensor === undefined) return `the file has no ${kind} "${name}"`;
    if (tensor.type !== "float32") return `the ${kind} "${name}" is ${tensor.type}, not float32`;
    const fits =
      tensor.shape.length === shape.length &&
      tensor.shape.every((size, i) => typeof size === "string" || size < 0 || size === shape[i]);
    if (!fits) return `the ${kind} "${name}" is [${tensor.shape.join(", ")}], not [${shape.join(", ")}]`;
  }
  if (kind === "input" && found.length !== wanted.length)
    return `the file has ${found.length} inputs, not ${wanted.length}`;
  return undefined;
}

async function runStored(modelsDir: string, entry: ModelEntry, session: NetworkSession) {
  const text = Buffer.from(await readInside(modelsDir, entry.check)).toString("utf8");
  const stored = storedCheckSchema.safeParse(parseJson(text));
  const failed = (problem: string) => ({ ok: false, code: "model_failed" as const, problem });
  if (!stored.success) return failed(`${entry.check} is not a stored input and output`);
  const { inputs, outputs, tolerance } = stored.data;
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, t]) => [name, tensorOf(t)]));
  let results: Awaited<ReturnType<NetworkSession["run"]>>;
  try {
    results = await session.run(tensors);
  } catch (error) {
    return failed(`the stored input cannot be run: ${String(error)}`);
  }
  let worstDifference = 0;
  for (const [name, storedOutput] of Object.entries(outputs)) {
    const expected = tensorOf(storedOutput);
    const got = results[name];
    if (got?.data.length !== expected.data.length)
      return failed(`the output "${name}" is not as long as the stored one`);
    expected.data.forEach((value, i) => {
      const difference = Math.abs(value - got.data[i]!);
      // A NaN must not pass as small.
      worstDifference = Number.isNaN(difference) ? Infinity : Math.max(worstDifference, difference);
    });
  }
  if (worstDifference <= tolerance)
    return { ok: true, worstDifference, runMs: await bestRunMs(session, tensors) };
  const problem = `the output differs from the stored one by ${worstDifference}, tolerance ${tolerance}`;
  return { ...failed(problem), ...(Number.isFinite(worstDifference) ? { worstDifference } : {}) };
}

async function bestRunMs(
  session: NetworkSession,
  tensors: Parameters<NetworkSession["run"]>[0],
): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await session.run(tensors);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
