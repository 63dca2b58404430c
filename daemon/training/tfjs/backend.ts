import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { version_cpu } from "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { DeviceChoice } from "../../../shared/protocol/results.ts";
import { registerWasmKernels } from "./wasmKernels.ts";
import { startWebGpu } from "./webGpu.ts";

export interface Backend {
  /** Where TensorFlow.js computes: node-gpu, node, webgpu, wasm, cpu. */
  readonly device: string;
  /** Why there and not elsewhere, as a sentence. */
  readonly reason: string;
}

export interface BackendWanted {
  /** Where packages of the user's lie (`node_modules` in it or above). */
  readonly packages: string;
  /** `cpu` leaves graphics cards out, `webgpu` asks for it first and takes a software driver too. */
  readonly device: DeviceChoice;
}

/** One place to compute. */
interface Place {
  readonly device: string;
  /** Starts it. @returns why there, as a sentence; or, as `against`, why not */
  readonly start: () => Promise<{ readonly reason: string } | { readonly against: string }>;
}

/**
 * Chooses where TensorFlow.js computes: what is installed and starts, the fastest first.
 * @param wasmFolder where the files of the wasm backend lie
 */
export async function chooseBackend(
  { packages, device }: BackendWanted,
  wasmFolder: string,
): Promise<Backend> {
  const require = createRequire(path.join(packages, "package.json"));
  const webgpu: Place = { device: "webgpu", start: () => startWebGpu(require, device === "webgpu") };
  const nodeGpu = native("node-gpu", "@tensorflow/tfjs-node-gpu", require);
  const node = native("node", "@tensorflow/tfjs-node", require);
  const places = {
    auto: [nodeGpu, node, webgpu],
    cuda: [nodeGpu, node, webgpu],
    webgpu: [webgpu, nodeGpu, node],
    cpu: [node],
  }[device];
  const against: string[] = [];
  for (const place of [...places, wasm(wasmFolder)]) {
    const started = await place.start();
    if ("reason" in started)
      return { device: place.device, reason: [started.reason, ...against].join("; ") + "." };
    against.push(started.against);
  }
  await tf.setBackend("cpu");
  return { device: "cpu", reason: `Plain JavaScript (${version_cpu}), slow: ${against.join("; ")}.` };
}

/** A native package that is not part of EDIN. */
const native = (device: string, name: string, require: NodeJS.Require): Place => ({
  device,
  async start() {
    try {
      require(name);
      if (await tf.setBackend("tensorflow")) return { reason: `${name} is installed` };
      return { against: `${name} does not start` };
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
      return { against: `${name} ${missing ? "is not installed" : "does not start"}` };
    }
  },
});

const wasm = (folder: string): Place => ({
  device: "wasm",
  async start() {
    try {
      setWasmPaths(folder + path.sep);
      registerWasmKernels();
      if (await tf.setBackend("wasm")) return { reason: "WebAssembly with SIMD, on one core" };
      return { against: "WebAssembly does not start" };
    } catch (error) {
      return {
        against: `WebAssembly does not start (${error instanceof Error ? error.message : String(error)})`,
      };
    }
  },
});
