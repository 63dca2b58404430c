import assert from "node:assert/strict";
import { LiveFigures } from "../../../daemon/live/figures.ts";
import { unixMs } from "../../../daemon/live/events.ts";
import { readAvfoundation, readDshow, readSources } from "../../../daemon/capture/devices.ts";
import { Newest } from "../../../daemon/capture/newest.ts";
import { Resampler } from "../../../daemon/media/resampler.ts";

describe("a place for one item", () => {
  it("keeps the newest, counts what gave way, and gives every item back once", async () => {
    const freed: number[] = [];
    const place = new Newest<number>(1, (item) => freed.push(item));
    const taken: number[] = [];
    const consumer = (async () => {
      for await (const item of place) {
        taken.push(item);
        // While this item is worked on, three more come.
        if (item === 1) for (const next of [2, 3, 4]) place.put(next);
      }
    })();
    place.put(1);
    await new Promise((resolve) => setImmediate(resolve));
    place.put(5);
    place.end();
    await consumer;
    assert.deepEqual(taken, [1, 4, 5]);
    assert.equal(place.dropped, 2);
    assert.deepEqual(freed.toSorted(), [1, 2, 3, 4, 5]);
  });
});

describe("resampler", () => {
  for (const [fromHz, hz] of [
    [48_000, 440],
    [44_100, 3000],
    [8000, 1000],
  ] as const) {
    it(`brings ${hz} Hz at ${fromHz} to 16 kHz in pieces, in step`, () => {
      const resampler = new Resampler(fromHz, 16_000);
      const piece = fromHz / 20;
      const made: number[] = [];
      for (let at = 0; at < fromHz; at += piece)
        made.push(
          ...resampler.next(
            Float32Array.from({ length: piece }, (_, i) => Math.sin((2 * Math.PI * hz * (at + i)) / fromHz)),
          ),
        );
      assert.ok(Math.abs(made.length - 16_000) < 400);
      const wrong = made.map((value, k) => Math.abs(value - Math.sin((2 * Math.PI * hz * k) / 16_000)));
      assert.ok(Math.max(...wrong.slice(200)) < 3e-3, `off by ${Math.max(...wrong.slice(200))}`);
    });
  }

  it("takes out what the lower rate cannot carry", () => {
    const resampler = new Resampler(48_000, 16_000);
    const high = Float32Array.from({ length: 48_000 }, (_, i) =>
      Math.sin((2 * Math.PI * 12_000 * i) / 48_000),
    );
    assert.ok(Math.max(...resampler.next(high).map(Math.abs).subarray(200)) < 3e-3);
  });
});

describe("lists of devices", () => {
  it("reads PulseAudio's and ALSA's sources without those that play", () => {
    const text = [
      "Auto-detected sources for pulse:",
      "  alsa_output.pci-0000.analog-stereo.monitor [Monitor of Built-in Audio]",
      "* alsa_input.pci-0000.analog-stereo [Built-in Audio Analog Stereo] (none)",
      "  null [Discard all samples]",
    ].join("\n");
    assert.deepEqual(readSources(text), [
      { id: "alsa_input.pci-0000.analog-stereo", name: "Built-in Audio Analog Stereo" },
    ]);
  });

  it("reads avfoundation's list", () => {
    const text = [
      "[AVFoundation indev @ 0x7f8] AVFoundation video devices:",
      "[AVFoundation indev @ 0x7f8] [0] FaceTime HD Camera",
      "[AVFoundation indev @ 0x7f8] [1] Capture screen 0",
      "[AVFoundation indev @ 0x7f8] AVFoundation audio devices:",
      "[AVFoundation indev @ 0x7f8] [0] MacBook Pro Microphone",
    ].join("\n");
    assert.deepEqual(readAvfoundation(text), {
      cameras: [{ id: "0", name: "FaceTime HD Camera" }],
      microphones: [{ id: "0", name: "MacBook Pro Microphone" }],
    });
  });

  it("reads dshow's list, as old and as new versions write it", () => {
    const old = [
      "[dshow @ 000001] DirectShow video devices (some may be both video and audio devices)",
      '[dshow @ 000001]  "HD Webcam"',
      '[dshow @ 000001]     Alternative name "@device_pnp_1"',
      "[dshow @ 000001] DirectShow audio devices",
      '[dshow @ 000001]  "Microphone (Realtek)"',
    ].join("\r\n");
    const now = ['[dshow @ 01] "HD Webcam" (video)', '[dshow @ 01] "Microphone (Realtek)" (audio)'].join(
      "\n",
    );
    const devices = {
      cameras: [{ id: "HD Webcam", name: "HD Webcam" }],
      microphones: [{ id: "Microphone (Realtek)", name: "Microphone (Realtek)" }],
    };
    assert.deepEqual(readDshow(old), devices);
    assert.deepEqual(readDshow(now), devices);
  });
});

describe("figures of a live session", () => {
  it("tells quantiles of the latency and what became of the frames", () => {
    const figures = new LiveFigures();
    for (let ms = 1; ms <= 100; ms++)
      figures.result(unixMs() - ms, { framesIn: 120, dropped: 20, framesRecorded: 0 });
    const { latencyP50Ms, latencyP95Ms, ...counts } = figures.report();
    assert.ok(Math.abs(latencyP50Ms - 50) < 5 && Math.abs(latencyP95Ms - 95) < 5);
    assert.deepEqual([counts.framesIn, counts.framesDone, counts.dropped], [120, 100, 20]);
  });
});
