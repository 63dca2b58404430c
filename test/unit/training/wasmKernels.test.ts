import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { version_cpu } from "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { registerWasmKernels } from "../../../daemon/training/tfjs/wasmKernels.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

const require = createRequire(import.meta.url);

type Shape4 = [number, number, number, number];
interface Case {
  readonly x: Shape4;
  readonly filter: Shape4;
  readonly stride: number;
  readonly depthwise: boolean;
}

describe("kernels of the wasm backend that are ours", function () {
  this.timeout(120_000);
  before(async () => {
    setWasmPaths(`${path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
    registerWasmKernels();
    await tf.setBackend("wasm");
  });

  const random = seededRandom(11);
  const values = (shape: readonly number[]) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1);

  /** A weighted sum of a convolution's outputs, and its gradients by inputs and filters. */
  function gradients({ stride, depthwise }: Case, x: tf.Tensor4D, filter: tf.Tensor4D) {
    const run = (a: tf.Tensor4D, b: tf.Tensor4D) =>
      depthwise ? tf.depthwiseConv2d(a, b, stride, "same") : tf.conv2d(a, b, stride, "same");
    const weighted = (a: tf.Tensor, b: tf.Tensor) => {
      const out = run(a as tf.Tensor4D, b as tf.Tensor4D);
      const weights = tf.tensor(
        Float32Array.from({ length: out.size }, (_, i) => Math.sin(i)),
        out.shape,
      );
      return tf.sum<tf.Scalar>(tf.mul(out, weights));
    };
    const [dx, dFilter] = tf.grads(weighted)([x, filter]);
    return { loss: (b: tf.Tensor) => weighted(x, b).dataSync()[0]!, dx: dx!, dFilter: dFilter! };
  }

  for (const one of [
    { x: [2, 7, 6, 3], filter: [3, 3, 3, 4], stride: 1, depthwise: false },
    { x: [1, 9, 8, 2], filter: [5, 5, 2, 3], stride: 2, depthwise: false },
    { x: [3, 4, 4, 5], filter: [1, 1, 5, 2], stride: 1, depthwise: false },
    { x: [2, 7, 6, 3], filter: [3, 3, 3, 1], stride: 1, depthwise: true },
    { x: [1, 9, 8, 2], filter: [3, 3, 2, 2], stride: 2, depthwise: true },
  ] satisfies Case[])
    it(`give the gradients of a ${one.depthwise ? "depthwise " : ""}convolution ${one.filter.join("x")}, stride ${one.stride}`, async () => {
      const [xs, filters] = [values(one.x), values(one.filter)];
      const make = () => gradients(one, tf.tensor4d(xs, one.x), tf.tensor4d(filters, one.filter));
      await tf.setBackend("wasm");
      const { loss, dx, dFilter } = make();
      const found = dFilter.dataSync();
      const step = 1e-2;
      for (const k of [0, 1, filters.length >> 1, filters.length - 1]) {
        const at = (change: number) =>
          loss(
            tf.tensor4d(
              filters.map((v, i) => (i === k ? v + change : v)),
              one.filter,
            ),
          );
        const slope = (at(step) - at(-step)) / (2 * step);
        assert.ok(
          Math.abs(slope - found[k]!) < 2e-3 * Math.max(1, Math.abs(slope)),
          `${k}: ${slope} ${found[k]}`,
        );
      }
      const ours = [dx.dataSync(), found];
      assert.ok(version_cpu);
      await tf.setBackend("cpu");
      const plain = make();
      [plain.dx.dataSync(), plain.dFilter.dataSync()].forEach((wanted, which) =>
        wanted.forEach((value, i) => assert.ok(Math.abs(value - ours[which]![i]!) < 1e-4, `${which} ${i}`)),
      );
    });
});
