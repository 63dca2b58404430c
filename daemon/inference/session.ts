import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { Provider } from "../../shared/protocol/results.ts";
import { ort, type InferenceSession } from "./runtime.ts";

/** A dense array; `shape` says how `data` is folded, last axis fastest. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** Names and shapes as the file itself declares them; a string or -1 stands for a size that may vary. */
export interface Declared {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** One ONNX graph on one provider. */
export interface NetworkSession {
  readonly inputs: readonly Declared[];
  readonly outputs: readonly Declared[];
  /** The inputs must not change until the promise settles. */
  run(inputs: Tensors): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** Version of ONNX Runtime. */
export const runtimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

// What a provider has to say comes to us as an error; without this the runtime prints it on stderr as well.
ort.env.logLevel = "fatal";

/**
 * Starts a session. The cpu has a fixed number of threads, so that sums are taken in the same order everywhere.
 *
 * @throws Error of the runtime.
 */
export async function startSession(
  bytes: Uint8Array,
  provider: Provider,
  threads: number,
): Promise<NetworkSession> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  });
  return {
    inputs: session.inputMetadata.map(declared),
    outputs: session.outputMetadata.map(declared),
    run: async (inputs) => {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, t]) => [name, new ort.Tensor("float32", t.data, t.shape)]),
      );
      const results = await session.run(feeds);
      return Object.fromEntries(
        Object.entries(results).map(([name, t]) => [name, { data: t.data as Float32Array, shape: t.dims }]),
      );
    },
    release: () => session.release(),
  };
}

function declared(metadata: InferenceSession.ValueMetadata): Declared {
  return metadata.isTensor
    ? { name: metadata.name, type: metadata.type, shape: metadata.shape }
    : { name: metadata.name, type: "not a tensor", shape: [] };
}

/** Inputs of zeros in the shapes of the manifest, sizes that may vary being 1. */
export function zeroInputs(entry: ModelEntry): Record<string, Tensor> {
  return Object.fromEntries(
    entry.inputs.map(({ name, shape }) => {
      const sizes = shape.map((size) => (typeof size === "string" ? 1 : size));
      return [name, { data: new Float32Array(sizes.reduce((a, b) => a * b, 1)), shape: sizes }];
    }),
  );
}
