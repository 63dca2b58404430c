import assert from "node:assert/strict";
import { MelStore } from "../../../webview/data/melStore.ts";
import { SeriesBuilder } from "../../../webview/data/series.ts";
import { layerAt, layoutLayers } from "../../../webview/draw/layer.ts";
import { carriedLayer } from "../../../webview/draw/layers/carriedLayer.ts";
import { eventLayer } from "../../../webview/draw/layers/eventLayer.ts";
import { leadingLayer } from "../../../webview/draw/layers/leadingLayer.ts";
import { melLayer } from "../../../webview/draw/layers/melLayer.ts";
import { rateLayer } from "../../../webview/draw/layers/rateLayer.ts";
import { seriesLayer } from "../../../webview/draw/layers/seriesLayer.ts";
import { TimeIndex } from "../../../shared/segments/timeIndex.ts";
import type { Lane } from "../../../webview/labels/lanes.ts";
import { tierLayer } from "../../../webview/labels/tierLayer.ts";
import { traceLayer } from "../../../webview/labels/traceLayer.ts";

const view = { startMs: 0, endMs: 1000 };

describe("layers of a timeline", () => {
  it("lie below one another, and are found by their height", () => {
    const layers = [leadingLayer("a", "A", undefined), eventLayer("b", "B", []), eventLayer("c", "C", [])];
    assert.deepEqual(layoutLayers(layers), { tops: [0, 20, 50], height: 80 });
    assert.deepEqual(
      [-1, 5, 19, 25, 50, 90].map((y) => layerAt(layers, y)?.id),
      [undefined, "a", undefined, "b", "c", undefined],
    );
  });

  it("say the strongest first at a time, and hold the same in numbers", () => {
    const builder = new SeriesBuilder("face:1", "Face 1", ["happy", "sad"]);
    builder.add(0, 400, false, { happy: 0.3, sad: 0.7 });
    builder.add(400, 800, true, { happy: 0.9, sad: 0.1 });
    builder.add(800, 1000, false, undefined);
    const layer = seriesLayer(builder.build(), "Face", "bands");
    assert.deepEqual(layer.valuesAt(100), [
      { name: "sad", value: "70 %" },
      { name: "happy", value: "30 %" },
    ]);
    assert.equal(layer.valuesAt(500)[0]?.name, "low quality");
    assert.deepEqual(layer.valuesAt(900), []);
    const { columns, rows } = layer.table!(view, 400);
    assert.deepEqual(
      columns.map(({ title }) => title),
      ["From", "happy", "sad", "Quality"],
    );
    assert.deepEqual(
      rows.map(({ startMs, cells }) => [startMs, ...cells.slice(1)]),
      [
        [0, "30.0 %", "70.0 %", "ok"],
        [400, "90.0 %", "10.0 %", "low"],
        [800, "", "", "absent"],
      ],
    );
  });

  it("of events, carriers, rates and sound say what is there and nothing elsewhere", () => {
    const events = eventLayer("e", "Blinks", [{ kind: "blink", startMs: 100, endMs: 200, track: 1 }]);
    assert.deepEqual(events.valuesAt(150), [{ name: "Blinks", value: "0:00.100 to 0:00.200" }]);
    assert.deepEqual(events.valuesAt(300), []);
    const carried = carriedLayer("c", "Carried by", [{ startMs: 0, endMs: 500, label: "voice" }]);
    assert.deepEqual(carried.valuesAt(100), [{ name: "carried by", value: "voice" }]);
    assert.deepEqual(carried.table!(view, 100).rows, [{ startMs: 0, cells: ["0:00.0", "0:00.5", "voice"] }]);
    const rate = rateLayer("r", "Blinks a minute", { startMs: 0, stepMs: 500, perMinute: [12, null, 40] });
    assert.deepEqual(rate.valuesAt(0), [{ name: "blinks a minute", value: "12.0" }]);
    assert.deepEqual(rate.valuesAt(500), []);
    assert.equal(rate.scale?.[0]?.text, "40 / min");
    assert.deepEqual(melLayer("m", "Mel", new MelStore()).valuesAt(0), []);
  });
});

describe("lanes of the label editor", () => {
  const annotations = [
    { id: "one", tier: "face", startMs: 100, endMs: 300, label: "happy" },
    { id: "two", tier: "face", startMs: 300, endMs: 800, label: "sad" },
  ];
  const lane: Lane = {
    ...{ key: "face", title: "Face", tier: { id: "face", kind: "interval" }, face: undefined },
    ...{ annotations: new TimeIndex(annotations), proposals: new TimeIndex([]) },
    ...{ trace: undefined, otherTraces: [] },
  };
  const look = { active: false, selection: new Set<string>(), currentProposal: undefined };

  // A pixel a millisecond.
  for (const [x, expected] of [
    [50, undefined],
    [95, ["one", "start"]],
    [200, ["one", "body"]],
    [297, ["one", "end"]],
    [303, ["two", "start"]],
    [798, ["two", "end"]],
    [900, undefined],
  ] as const)
    it(`take hold of ${expected?.join(" by its ") ?? "nothing"} at ${x} ms`, () => {
      const hit = tierLayer(lane, look).hit({ x, timeMs: x, width: 1000, reachPx: 6 }, view);
      assert.deepEqual(hit && [hit.annotation.id, hit.part], expected);
    });

  it("are taken hold of from further away by a finger", () => {
    const hit = (x: number, reachPx: number) =>
      tierLayer(lane, look).hit({ x, timeMs: x, width: 1000, reachPx }, view);
    assert.deepEqual([hit(812, 6), hit(812, 18)?.part], [undefined, "end"]);
  });

  it("say what is labelled and what is rated there", () => {
    assert.deepEqual(tierLayer(lane, look).valuesAt(500), [{ name: "sad", value: "0:00.300 to 0:00.800" }]);
    const trace = { tier: "valence", startMs: 0, rateHz: 10, values: [0.25, null] };
    const rated = traceLayer({ ...lane, tier: { id: "valence", kind: "trace" }, trace }, look);
    assert.deepEqual(rated.valuesAt(0), [{ name: "rated", value: "0.25" }]);
    assert.deepEqual(rated.valuesAt(100), []);
    assert.equal(rated.hit({ x: 0, timeMs: 0, width: 1000, reachPx: 6 }, view), undefined);
  });
});
