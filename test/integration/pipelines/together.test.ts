import assert from "node:assert/strict";
import path from "node:path";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import type { Meter } from "../../../daemon/pipelines/meter.ts";
import { loadNetworks } from "../../../daemon/pipelines/networks.ts";
import { recorded } from "../../../daemon/pipelines/timing.ts";
import { framesHeld, visual } from "../../../daemon/pipelines/visual.ts";
import { analysisConfigSchema } from "../../../shared/protocol/analysisConfig.ts";
import { pipelines } from "../../../shared/protocol/pipelines.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { openProductModels } from "../../support/productModels.ts";
import { temporaryFolder } from "../media/clips.ts";

const timeless: Meter = { time: (_name, work) => work() };

describe("frames that are read together, as accelerators want them", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();

  it("give the lines of frames that are read one by one, over a cut and empty pictures", async () => {
    await using models = await openProductModels();
    const networks = await loadNetworks(models, pipelines.multimodal);
    const clip = await makePhotoClip(path.join(folder.path, "clip.mp4"), [
      { photo: "sample1.jpg", seconds: 0.6, from: [200, 150], to: [220, 150] },
      { photo: "sample1.jpg", seconds: 0.3, from: [640, 600], to: [640, 620] },
      { photo: "sample2.jpg", seconds: 0.6, from: [100, 100], to: [120, 100] },
    ]);
    const info = await probeMedia(clip);
    const read = async (framesTogether: number) => {
      const timing = { ...recorded, framesTogether };
      const frames = decodeFrames(clip, info, { held: framesHeld(timing) });
      const lines = [];
      for await (const { line } of visual(
        networks,
        { ...analysisConfigSchema.parse({}), timing },
        timeless,
      )(frames))
        lines.push(line);
      return lines;
    };
    const alone = await read(1);
    assert.ok(alone.length > 30 && alone.some(({ faces }) => faces.length > 0));
    assert.deepEqual(await read(4), alone);
  });
});
