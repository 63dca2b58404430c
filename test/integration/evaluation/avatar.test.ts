import assert from "node:assert/strict";
import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { evaluate } from "../../../daemon/evaluation/evaluate.ts";
import { defaultFfmpeg } from "../../../daemon/media/ffmpeg.ts";
import { avatarSchema } from "../../../shared/protocol/avatarSettings.ts";
import { openProductModels } from "../../support/productModels.ts";
import { temporaryFolder } from "../media/clips.ts";

const photos = path.join(import.meta.dirname, "../../../node_modules/@vladmandic/face-api/demo");

describe("what of an emotion survives on an avatar", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();

  it("is measured with intervals, beside floor, ceiling and the direct reading; a picture without a face is a miss", async () => {
    for (const label of ["happy", "neutral"]) await mkdir(path.join(folder.path, label));
    // A man who smiles; no face at all.
    await copyFile(path.join(photos, "sample1.jpg"), path.join(folder.path, "happy/a.jpg"));
    await sharp({ create: { width: 200, height: 200, channels: 3, background: "grey" } }).toFile(
      path.join(folder.path, "neutral/b.png"),
    );
    await using models = await openProductModels();
    const result = await evaluate("avatar", folder.path, {
      ...{ models, faces: "detect", ffmpeg: await defaultFfmpeg(), onProgress: () => undefined },
      avatar: avatarSchema.parse({ name: "egon" }),
    });
    const { ceiling, floor, direct, uarInterval, relative, missed, n, uar } = result as typeof result &
      Record<string, never> & {
        readonly ceiling: { readonly uar: number; readonly n: number };
        readonly floor: { readonly uar: number };
        readonly direct: { readonly uar: number };
        readonly uarInterval: readonly [number, number];
        readonly relative: number;
        readonly uar: number;
      };
    assert.deepEqual([n, missed], [2, 1]);
    assert.ok(ceiling.uar > 0.9 && ceiling.n === 36, `${ceiling.uar} of ${ceiling.n}`);
    assert.ok(uarInterval[0] <= uar && uar <= uarInterval[1]);
    assert.ok(Math.abs(relative - uar / ceiling.uar) < 1e-9);
    // The neutral avatar says neutral of the one face that was found.
    assert.equal(floor.uar, 0);
    assert.ok(direct.uar <= 0.5);
  });
});
