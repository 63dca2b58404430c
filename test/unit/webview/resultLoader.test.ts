import assert from "node:assert/strict";
import type { Analysis, FrameLine, FusedLine } from "../../../shared/protocol/results.ts";
import { fusedLabels } from "../../../shared/emotion/labels.ts";
import { loadResult, type LoadedResult } from "../../../webview/data/resultLoader.ts";
import type { Series } from "../../../webview/data/series.ts";
import type { Host } from "../../../webview/host.ts";
import { timelineGroups } from "../../../webview/views/result/timelineGroups.ts";
import { feeling, sampleAnalysis, sampleFace, sampleLine, unitsWith } from "../results/samples.ts";

const probabilities = Object.fromEntries(
  fusedLabels.map((label) => [label, 1 / 7]),
) as FusedLine["probabilities"];

/** Reads these lines as a page does. */
async function load(
  change: Partial<Analysis>,
  frames: readonly FrameLine[],
  fused: readonly FusedLine[] = [],
): Promise<LoadedResult> {
  const files: Record<string, readonly unknown[]> = { "frames.jsonl": frames, "fused.jsonl": fused };
  const host: Pick<Host, "resultFile"> = {
    async *resultFile(_, name) {
      await Promise.resolve();
      for (const line of files[name] ?? []) yield `${JSON.stringify(line)}\n`;
    },
  };
  const result = loadResult(
    host,
    { ...sampleAnalysis, tracks: [], events: [], ...change },
    new AbortController().signal,
  );
  await new Promise<void>((resolve) => result.done.subscribe((done) => done && resolve()));
  assert.equal(result.error.value, undefined);
  return result;
}

const spans = (series: Series | undefined) =>
  Array.from(series!.levels[0]!.startMs, (startMs, i) => [startMs, series!.levels[0]!.endMs[i]]);
const seriesOf = ({ series }: LoadedResult, id: string) => series.value.find((one) => one.id === id);

describe("a result as the page holds it", () => {
  const video: NonNullable<Analysis["media"]["video"]> = {
    ...{ codec: "vp8", pixelFormat: "yuv420p", width: 640, height: 480, rotationDeg: 0, startMs: 0 },
    ...{ frameRate: 1000, variableFrameRate: true, matrix: "bt709", fullRange: false },
  };

  it("shows each frame until the next one, whatever rate the file states", async () => {
    const timesMs = [0, 33, 67, 400, 433];
    const frames = timesMs.map((timeMs, index) => sampleLine(index, timeMs, [sampleFace(1)]));
    const media = { ...sampleAnalysis.media, durationMs: 466, video };
    assert.deepEqual(spans(seriesOf(await load({ media }, frames), "face:1")), [
      [0, 33],
      [33, 67],
      [67, 400],
      [400, 433],
      [433, 466],
    ]);
  });

  it("keeps the emotion on the avatar and the action units beside the emotion of the face", async () => {
    const moved = sampleFace(1, {
      actionUnits: unitsWith({ AU12: 3.2, AU06: 1.5, AU25: 0.2 }),
      avatar: { name: "ada", emotion: feeling("happy") },
    });
    const media = { ...sampleAnalysis.media, durationMs: 100, video };
    const tracks = [{ id: 1, firstMs: 0, lastMs: 100, frames: 1 }];
    const result = await load({ media, tracks }, [sampleLine(0, 0, [moved])]);
    const { series, carried } = result;
    const parts = { series: series.value, carried: carried.value, mel: undefined, style: "bands" as const };
    const [person] = timelineGroups({ tracks, events: [] }, parts);
    const said = Object.fromEntries(person!.layers.map(({ kind, layer }) => [kind, layer.valuesAt(50)]));
    assert.equal(said["emotion"]![0]!.name, "neutral");
    assert.equal(said["avatar"]![0]!.name, "happy");
    assert.deepEqual(said["units"], [
      { name: "AU12 lip corner puller", value: "3.2" },
      { name: "AU06 cheek raiser", value: "1.5" },
    ]);
    const { columns, rows } = person!.layers.find(({ kind }) => kind === "units")!.layer.table!(
      { startMs: 0, endMs: 100 },
      100,
    );
    const cell = columns.findIndex(({ title }) => title === "AU12");
    assert.equal(rows[0]!.cells[cell], "3.2");
  });

  it("ends a fused emotion with its face, at a cut and at the end of the clip", async () => {
    const faces = [[1], [1], [1], [1, 2], [2], [2], [2]];
    const frames = faces.map((tracks, index) =>
      sampleLine(
        index,
        index * 40,
        tracks.map((track) => sampleFace(track)),
      ),
    );
    const line = (timeMs: number, track?: number): FusedLine => ({
      ...{ timeMs, state: "ok", probabilities, carried: { face: 1, speech: 0 } },
      ...(track !== undefined && { track }),
    });
    const result = await load(
      {
        media: { ...sampleAnalysis.media, durationMs: 280 },
        events: [{ kind: "scene_cut", startMs: 80, endMs: 80 }],
      },
      frames,
      [line(0, 1), line(0), line(120, 1), line(120, 2), line(200, 2)],
    );
    assert.deepEqual(spans(seriesOf(result, "fused:1")), [
      [0, 80],
      [120, 160],
    ]);
    assert.deepEqual(spans(seriesOf(result, "fused:2")), [
      [120, 200],
      [200, 280],
    ]);
    assert.deepEqual(spans(seriesOf(result, "fused:0")), [[0, 120]]);
    assert.deepEqual(
      result.carried.value.map(({ title, stretches }) => [title, stretches.map(({ endMs }) => endMs)]),
      [
        ["Carried: face 1", [80, 160]],
        ["Carried: voice", [120]],
        ["Carried: face 2", [280]],
      ],
    );
  });
});
