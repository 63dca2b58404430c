import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { version_cpu } from "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { registerWasmKernels } from "./wasmKernels.ts";

export interface Backend {
  /** Where TensorFlow.js computes: node-gpu, node, wasm, cpu. */
  readonly device: string;
  /** Why there and not elsewhere, as a sentence. */
  readonly reason: string;
}

/** Native packages that are not part of EDIN, the fastest first. */
const native = [
  ["node-gpu", "@tensorflow/tfjs-node-gpu"],
  ["node", "@tensorflow/tfjs-node"],
] as const;

/**
 * Chooses where TensorFlow.js computes: what is installed and starts, the fastest first.
 * @param folder where packages of the user's lie (`node_modules` in it or above)
 * @param wasmFolder where the files of the wasm backend lie
 */
export async function chooseBackend(folder: string, wasmFolder: string): Promise<Backend> {
  const against: string[] = [];
  const require = createRequire(path.join(folder, "package.json"));
  for (const [device, name] of native) {
    try {
      require(name);
      if (await tf.setBackend("tensorflow"))
        return { device, reason: `${name} is installed, the fastest that TensorFlow.js has here.` };
      against.push(`${name} does not start`);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
      against.push(`${name} ${missing ? "is not installed" : "does not start"}`);
    }
  }
  const others = against.join(", ");
  try {
    setWasmPaths(wasmFolder + path.sep);
    registerWasmKernels();
    if (await tf.setBackend("wasm"))
      return { device: "wasm", reason: `WebAssembly with SIMD, on one core: ${others}.` };
  } catch (error) {
    against.push(`wasm does not start (${error instanceof Error ? error.message : String(error)})`);
  }
  await tf.setBackend("cpu");
  return { device: "cpu", reason: `Plain JavaScript (${version_cpu}), slow: ${against.join(", ")}.` };
}
