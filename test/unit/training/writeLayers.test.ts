import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { startSession } from "../../../daemon/inference/session.ts";
import { compactLayers, mfccLayers, type Layer, type Weights } from "../../../daemon/training/layers.ts";
import { declared, modelFile } from "../../../daemon/training/onnx/encode.ts";
import { writeLayers } from "../../../daemon/training/onnx/writeLayers.ts";
import { buildNetwork } from "../../../daemon/training/tfjs/network.ts";
import { registerWasmKernels } from "../../../daemon/training/tfjs/wasmKernels.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

const require = createRequire(import.meta.url);
const picture = [9, 8, 3] as const;
const scale = (channels: number): Layer & { kind: "scale" } => ({
  kind: "scale",
  mean: Array.from({ length: channels }, (_, i) => i - 0.5),
  deviation: Array.from({ length: channels }, (_, i) => 1 + i / 3),
});

describe("layers as ONNX", function () {
  this.timeout(120_000);
  before(async () => {
    setWasmPaths(`${path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
    registerWasmKernels();
    await tf.setBackend("wasm");
  });

  for (const [name, shape, layers] of [
    ["scale", picture, [scale(3), { kind: "batch-norm" }]],
    ["convolution", picture, [{ kind: "convolution", filters: 5, size: 3, stride: 1 }]],
    ["convolution with a stride", picture, [{ kind: "convolution", filters: 4, size: 5, stride: 2 }]],
    ["convolution with an even kernel", picture, [{ kind: "convolution", filters: 2, size: 2, stride: 1 }]],
    [
      "convolution along one side",
      [9, 1, 3],
      [{ kind: "convolution", filters: 4, size: 8, width: 1, stride: 1 }],
    ],
    [
      "pooling along one side",
      [9, 1, 3],
      [{ kind: "pool", of: "max", size: 4, width: 1 }, { kind: "batch-norm" }],
    ],
    ["the thesis's network of MFCC", [157, 1, 13], mfccLayers(scale(13), 5, { width: 0.05, dropout: 0.2 })],
    ["depthwise", picture, [{ kind: "depthwise", size: 3, stride: 1 }]],
    ["depthwise with a stride", picture, [{ kind: "depthwise", size: 3, stride: 2 }]],
    ["batch norm", picture, [{ kind: "batch-norm" }]],
    ["max pooling", picture, [{ kind: "pool", of: "max", size: 2 }, { kind: "batch-norm" }]],
    ["average pooling", picture, [{ kind: "pool", of: "average", size: 3 }, { kind: "batch-norm" }]],
    ["global average", picture, [{ kind: "global-average" }, { kind: "dense", units: 4 }]],
    ["flatten and dense", picture, [{ kind: "flatten" }, { kind: "dense", units: 4 }]],
    ...(["relu", "elu", "sigmoid", "tanh", "softmax"] as const).map(
      (of) =>
        [
          of,
          [7],
          [
            { kind: "dense", units: 6 },
            { kind: "activation", of },
          ],
        ] as const,
    ),
    ["dropout", [7], [scale(7), { kind: "dropout", rate: 0.5 }, { kind: "dense", units: 3 }]],
    ["the compact network", [24, 24, 3], compactLayers(scale(3), 5, { width: 0.5, dropout: 0.2 })],
  ] as readonly (readonly [string, readonly number[], readonly Layer[]])[])
    it(`${name}: ONNX Runtime says what TensorFlow.js says, to 1e-5`, async () => {
      const random = seededRandom(3);
      const network = buildNetwork({ tf, tfl }, layers, shape, 1);
      // Numbers as after learning: moving averages and biases that are not 0 and 1.
      for (const variable of Object.values(tf.engine().registeredVariables))
        variable.assign(
          tf.tensor(
            Float32Array.from({ length: variable.size }, () => 0.1 + 0.4 * random()),
            variable.shape,
          ),
        );
      const size = shape.reduce((a, b) => a * b, 1);
      const input = Float32Array.from({ length: 2 * size }, () => 4 * random() - 2);
      const wanted = network.apply(tf.tensor(input, [2, ...shape]), false);
      const found = await runOnnx(layers, await network.weights(), shape, input);
      const values = withChannelsFirst(wanted);
      assert.equal(found.length, values.length);
      values.forEach((value, i) =>
        assert.ok(
          Math.abs(value - found[i]!) <= 1e-5 * Math.max(1, Math.abs(value)),
          `${i}: ${value} ${found[i]}`,
        ),
      );
      tf.disposeVariables();
    });

  async function runOnnx(
    layers: readonly Layer[],
    weights: Weights,
    shape: readonly number[],
    input: Float32Array,
  ) {
    const dims = shape.length === 3 ? [shape[2]!, shape[0]!, shape[1]!] : [...shape];
    const { graph, last } = writeLayers(layers, weights, shape, { from: "x", prefix: "" });
    const file = modelFile([...graph, declared(11, "x", ["n", ...dims]), declared(12, last, ["n"])]);
    const session = await startSession(file, "cpu", 1);
    const data = withChannelsFirst(tf.tensor(input, [2, ...shape]));
    const outputs = await session.run({ x: { data, shape: [2, ...dims] } });
    await session.release();
    return outputs[last]!.data;
  }

  function withChannelsFirst(tensor: tf.Tensor): Float32Array {
    return Float32Array.from((tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tensor).dataSync());
  }
});
