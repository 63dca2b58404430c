// The program of the process that trains one network with TensorFlow.js; trainingProcess.ts starts it.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { AppError, toAppError } from "../../../shared/errors.ts";
import { tellParent } from "../../childProgram.ts";
import { writeFileAtomic } from "../../store/files.ts";
import type { LearnRequest } from "../learn.ts";
import type { FromTraining, ToTraining } from "../trainingProcess.ts";
import { chooseBackend } from "./backend.ts";
import { learn, type LearningState } from "./learn.ts";

let stopped = false;

process.on("message", (message: ToTraining) => {
  if (message.type === "stop") stopped = true;
  else void work(message.request);
});
// The daemon is gone.
process.on("disconnect", () => process.exit(1));

async function work(request: LearnRequest): Promise<void> {
  try {
    const backend = await chooseBackend(request, wasmFolder());
    await tell({ type: "backend", ...backend, version: tf.version_core });
    const before = await readState(request);
    if (before !== undefined) await tell({ type: "before", epochs: before.epochs });
    const learned = await learn({ tf, tfl }, request, {
      before,
      async afterEpoch(state) {
        await writeFileAtomic(request.state, serialize(state));
        await tell({ type: "epoch", epoch: state.epochs.at(-1)! });
      },
      stopped: () => stopped,
    });
    await tell({ type: "learned", learned });
  } catch (error) {
    await tell({ type: "failed", failure: failureOf(error) });
  }
  process.disconnect();
}

/** What an interrupted training left; a file that is none is one that was never written whole. */
async function readState({ state, settings }: LearnRequest): Promise<LearningState | undefined> {
  const bytes = await readFile(state).catch(() => undefined);
  const before = bytes && (deserialize(bytes) as LearningState);
  return before?.batch === settings.batch ? before : undefined;
}

const tell = (message: FromTraining): Promise<void> => tellParent(message);

function failureOf(error: unknown) {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof AppError) return { code: error.code, message: error.message };
  if (text === "not finite")
    return {
      code: "training_failed" as const,
      message: "The loss is no number any more. Choose a smaller rate in the training file.",
    };
  if (/out of memory|OOM|allocation failed|Invalid typed array length/i.test(text)) return outOfMemory;
  process.stderr.write(`${error instanceof Error ? (error.stack ?? text) : text}\n`);
  const { code, message } = toAppError(error);
  return { code, message };
}

const outOfMemory = {
  code: "out_of_memory" as const,
  message: "There is not enough memory for this batch. Choose a smaller one in the training file.",
};

/** Beside the bundle, or in the package when sources run. */
function wasmFolder(): string {
  if (!import.meta.filename.endsWith(".ts")) return import.meta.dirname;
  return path.dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"));
}
