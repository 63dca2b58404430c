import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as z from "zod";
import { denoisePicture } from "../../daemon/vision/nonLocalMeans.ts";

const caseSchema = z.object({
  template: z.int(),
  search: z.int(),
  h: z.number(),
  hColor: z.number(),
  rgb: z.string(),
});
const goldenSchema = z.object({
  width: z.int(),
  height: z.int(),
  rgb: z.string(),
  cases: z.array(caseSchema),
});

describe("non-local means against OpenCV", () => {
  const text = readFileSync(path.join(import.meta.dirname, "denoise.json"), "utf8");
  const { width, height, rgb, cases } = goldenSchema.parse(JSON.parse(text));
  const bytes = (base64: string) => Uint8Array.from(Buffer.from(base64, "base64"));
  const picture = { width, height, channels: 3, scale: 1, data: bytes(rgb) } as const;

  for (const { rgb: wanted, ...settings } of cases)
    it(`template ${settings.template}, search ${settings.search}: within a grey level on 99 % of the values`, () => {
      const { data } = denoisePicture(picture, settings);
      const golden = bytes(wanted);
      assert.equal(data.length, golden.length);
      const near = data.filter((value, i) => Math.abs(value - golden[i]!) <= 1).length;
      assert.ok(near / data.length >= 0.99, `${near / data.length}`);
      const changed = data.filter((value, i) => Math.abs(value - picture.data[i]!) > 2).length;
      assert.ok(changed > data.length / 4, "nothing was smoothed");
    });
});
