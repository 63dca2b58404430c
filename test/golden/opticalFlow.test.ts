import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { opticalFlow } from "../../daemon/magnification/opticalFlow.ts";

interface Golden {
  cases: {
    name: string;
    width: number;
    height: number;
    first: string;
    second: string;
    u: string;
    v: string;
  }[];
}

const golden = JSON.parse(readFileSync(path.join(import.meta.dirname, "opticalFlow.json"), "utf8")) as Golden;
const bytes = (text: string): Float32Array => Float32Array.from(Buffer.from(text, "base64"));
const floats = (text: string): Float32Array => {
  const data = Buffer.from(text, "base64");
  return Float32Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
};

/** Along the edge the two differ: there the warped picture is half black. */
const margin = 6;

describe("optical flow against OpenCV's DualTVL1", () => {
  for (const { name, width, height, ...stored } of golden.cases) {
    it(`agrees on ${name}`, () => {
      const { u, v } = opticalFlow(
        { width, height, data: bytes(stored.first) },
        { width, height, data: bytes(stored.second) },
      );
      const [wantedU, wantedV] = [floats(stored.u), floats(stored.v)];
      const distances = [];
      for (let y = margin; y < height - margin; y++)
        for (let x = margin; x < width - margin; x++) {
          const i = y * width + x;
          distances.push(Math.hypot(u[i]! - wantedU[i]!, v[i]! - wantedV[i]!));
        }
      distances.sort((a, b) => a - b);
      assert.ok(distances.reduce((sum, d) => sum + d, 0) / distances.length < 0.015, "mean distance");
      assert.ok(distances[Math.floor(0.99 * distances.length)]! < 0.1, "99th percentile");
    });
  }
});
