// Writes ../faceLikeness.json: embeddings of made-up pictures by the package @vladmandic/face-api itself, on TensorFlow.js.
// Run: npx tsx test/golden/scripts/faceLikeness.ts
// The pictures are a formula that test/golden/faceLikeness.test.ts repeats.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type * as Tfjs from "@tensorflow/tfjs";
import { pattern, patternSide, patterns } from "../faceLikenessPattern.ts";

interface FaceApi {
  readonly nets: {
    readonly faceRecognitionNet: {
      loadFromDisk(folder: string): Promise<void>;
      computeFaceDescriptor(image: Tfjs.Tensor3D): Promise<Float32Array>;
    };
  };
}

const require = createRequire(import.meta.url);
const folderOf = (name: string) => path.dirname(require.resolve(`${name}/package.json`));
const tf = require("@tensorflow/tfjs") as typeof Tfjs;
const wasm = require("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(folder: string): void };
wasm.setWasmPaths(`${folderOf("@tensorflow/tfjs-backend-wasm")}/dist/`);
await tf.setBackend("wasm");
await tf.ready();
const folder = folderOf("@vladmandic/face-api");
const { faceRecognitionNet: net } = (require(path.join(folder, "dist/face-api.node-wasm.js")) as FaceApi)
  .nets;
await net.loadFromDisk(path.join(folder, "model"));
const cases = [];
for (const one of patterns) {
  const image = tf.tensor3d(Uint8Array.from(pattern(one)), [patternSide, patternSide, 3], "int32");
  const descriptor = await net.computeFaceDescriptor(image);
  const length = Math.hypot(...descriptor);
  cases.push({
    name: one.name,
    embedding: [...descriptor].map((value) => Number((value / length).toFixed(6))),
  });
}
writeFileSync(new URL("../faceLikeness.json", import.meta.url), `${JSON.stringify({ cases })}\n`);
