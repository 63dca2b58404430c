import assert from "node:assert/strict";
import path from "node:path";
import { analysisConfigSchema } from "../../../shared/protocol/analysisConfig.ts";
import type { Face } from "../../../shared/protocol/results.ts";
import type { Models } from "../../../daemon/inference/models.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { loadNetworks } from "../../../daemon/pipelines/networks.ts";
import { live } from "../../../daemon/pipelines/timing.ts";
import { visual } from "../../../daemon/pipelines/visual.ts";
import { pipelines } from "../../../shared/protocol/pipelines.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { openProductModels } from "../../support/productModels.ts";

const [width, height] = [640, 360];

/** A person may lie, or a camera hang upside down: eyes are found where the eyes are. */
describe("faces of a picture that is turned", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  let models: Models;
  before(async () => {
    models = await openProductModels();
    await makePhotoClip(at("upright.mp4"), [
      { photo: "sample3.jpg", seconds: 0.12, from: [250, 100], to: [251, 100] },
    ]);
  });
  after(() => models[Symbol.asyncDispose]());

  async function lastFaces(file: string): Promise<readonly Face[]> {
    const meter = { time: <T>(_: string, work: () => Promise<T>) => work() };
    const watch = visual(
      await loadNetworks(models, pipelines.evm),
      { ...analysisConfigSchema.parse({}), timing: live },
      meter,
    );
    let faces: readonly Face[] = [];
    for await (const { line } of watch(decodeFrames(file, await probeMedia(file)))) faces = line.faces;
    return faces;
  }
  /** Outer corners of the eyes and of the mouth. */
  const corners = ({ landmarks }: Face) =>
    [36, 45, 48, 54].map((i) => [landmarks[2 * i]!, landmarks[2 * i + 1]!] as const);

  for (const [name, filter, place] of [
    ["upside down", "hflip,vflip", (x, y) => [width - x, height - y]],
    ["on its side", "transpose=clock", (x, y) => [height - y, x]],
    ["on its other side", "transpose=cclock", (x, y) => [y, width - x]],
    ["mirrored top to bottom", "vflip", (x, y) => [x, height - y]],
  ] as [string, string, (x: number, y: number) => [number, number]][]) {
    it(`have their eyes where they are: ${name}`, async () => {
      const upright = await lastFaces(at("upright.mp4"));
      assert.ok(upright.length > 0);
      const turned = await lastFaces(
        await makeClip(at("turned.mp4"), "-i", at("upright.mp4"), "-an", "-vf", filter, "-crf", "10"),
      );
      for (const face of upright) {
        const eyes = Math.hypot(
          corners(face)[0]![0] - corners(face)[1]![0],
          corners(face)[0]![1] - corners(face)[1]![1],
        );
        const expected = corners(face).map(([x, y]) => place(x, y));
        // A mirrored face has its right eye where the left one was.
        const swapped = name.startsWith("mirrored") ? [1, 0, 3, 2] : [0, 1, 2, 3];
        const near = turned.some((other) => {
          const found = corners(other);
          return swapped.every((k, i) => {
            const [[x, y], [u, v]] = [expected[k]!, found[i]!];
            return Math.hypot(x - u, y - v) < 0.2 * eyes;
          });
        });
        assert.ok(near, "a face is not where it is, or its eyes are elsewhere");
      }
    });
  }
});
