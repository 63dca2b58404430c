import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";

/** What we use of the npm package `webgpu` (Dawn), which is the user's own: it weighs more than EDIN. */
interface Dawn {
  readonly create: (options: readonly string[]) => { requestAdapter: () => Promise<Adapter | null> };
  readonly globals: object;
}

interface Adapter {
  readonly info: { readonly description: string; readonly isFallbackAdapter: boolean };
}

/**
 * Has TensorFlow.js compute on a graphics card by WebGPU.
 * @param software takes a driver that only looks like a card; WebAssembly is quicker than that
 * @returns why there, as a sentence; or, as `against`, why not
 */
export async function startWebGpu(
  require: NodeJS.Require,
  software: boolean,
): Promise<{ readonly reason: string } | { readonly against: string }> {
  let file: string;
  try {
    file = require.resolve("webgpu");
  } catch {
    return { against: "webgpu is not installed" };
  }
  try {
    const { create, globals } = (await import(pathToFileURL(file).href)) as Dawn;
    const gpu = create([]);
    const adapter = await gpu.requestAdapter();
    if (adapter === null) return { against: "webgpu finds no graphics card" };
    const { description, isFallbackAdapter } = adapter.info;
    if (isFallbackAdapter && !software)
      return { against: `webgpu has only a software driver (${description})` };
    // The backend registers itself where it finds a browser's names.
    Object.assign(globalThis, globals);
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
    await import("@tensorflow/tfjs-backend-webgpu");
    if (await tf.setBackend("webgpu")) return { reason: `webgpu is installed: ${description}` };
    return { against: "webgpu does not start" };
  } catch (error) {
    return { against: `webgpu does not start (${error instanceof Error ? error.message : String(error)})` };
  }
}
