import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { AppError } from "../../../shared/errors.ts";
import type { LiveSession } from "../../../shared/protocol/live.ts";
import { ArrivalClock } from "../../../webview/capture/arrivalClock.ts";
import { toPcm16 } from "../../../webview/capture/sound.ts";
import { sampleState } from "../../../webview/data/series.ts";
import type { Host } from "../../../webview/host.ts";
import { LiveFeed } from "../../../webview/live/liveFeed.ts";
import { RecentBlinks } from "../../../webview/live/recentBlinks.ts";
import { RecentSeries } from "../../../webview/live/recentSeries.ts";
import { columns, fromPcm16, melBands, SoundPlot } from "../../../webview/live/soundPlot.ts";

describe("the clock of arrivals", () => {
  it("takes the quickest arrival for the delay of the device, and follows a clock that drifts", () => {
    const clock = new ArrivalClock();
    assert.equal(clock.toPage(0, 1030), 1030);
    assert.equal(clock.toPage(33, 1043), 1043, "20 ms quicker than the first");
    assert.equal(clock.toPage(66, 1106), 1076, "a late one lies where the quick one says");
    // Half an hour of a device clock that runs 100 ppm slow ends 180 ms apart.
    let lag = 0;
    for (let t = 100; t < 1_800_000; t += 100) {
      const arrivalMs = 1010 + t * 1.0001;
      lag = arrivalMs - clock.toPage(t, arrivalMs);
    }
    assert.ok(lag < 3, `${lag} ms`);
  });
});

describe("live series", () => {
  it("ends a sample where the next one starts, and keeps the newest", () => {
    const series = new RecentSeries("x", "X", ["a", "b"]);
    for (let i = 0; i < 6000; i++) series.add(i * 33, i * 33 + 200, false, { a: i / 6000, b: 0 });
    series.add(6000 * 33, 6000 * 33 + 200, false, undefined);
    const [level] = series.view().levels;
    assert.ok(level!.length > 1000 && level!.length <= 4096);
    const last = level!.length - 1;
    assert.equal(level!.state[last], sampleState.absent);
    assert.equal(level!.endMs[last - 1], level!.startMs[last]);
    assert.ok(Math.abs(level!.values[(last - 1) * 2]! - 5999 / 6000) < 1e-6);
    assert.equal(series.lastMs, 6000 * 33 + 200);
  });

  it("counts blinks of the sliding minute", () => {
    const blinks = new RecentBlinks();
    blinks.seen(0);
    blinks.add(1000);
    assert.equal(blinks.perMinute(5000), undefined, "too early to say");
    blinks.add(20_000);
    assert.equal(blinks.perMinute(30_000), 4);
    assert.equal(blinks.perMinute(61_500), 1);
    assert.equal(blinks.count, 2);
  });
});

describe("live sound", () => {
  const tone = (hz: number, amplitude: number): Float32Array =>
    Float32Array.from({ length: 16_000 }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / 16_000));

  it("survives 16 bit", () => {
    const back = fromPcm16(toPcm16(Float32Array.of(0, 0.5, -0.5, 2, -2)));
    [0, 0.5, -0.5, 1, -1].forEach((value, i) => assert.ok(Math.abs(back[i]! - value) < 1e-4));
  });

  it("shows the level, and a higher tone higher", () => {
    const strongest = [200, 1000, 4000].map((hz) => {
      const plot = new SoundPlot();
      plot.add(tone(hz, 0.5), 16_000);
      assert.ok(Math.abs(plot.levelDb - -9.03) < 0.1, `${plot.levelDb} dB`);
      const at = ((plot.head + columns - 1) % columns) * melBands;
      const column = plot.spectrogram.subarray(at, at + melBands);
      return column.indexOf(Math.max(...column));
    });
    assert.ok(strongest[0]! < strongest[1]! && strongest[1]! < strongest[2]!, strongest.join());
  });

  it("says which pitch is strongest and how long ago, on its own scale", () => {
    for (const rate of [16_000, 48_000]) {
      const plot = new SoundPlot();
      assert.deepEqual(plot.scale, { columnMs: 0, highHz: 0 });
      for (const hz of [300, 2000]) {
        const second = { length: rate };
        plot.add(
          Float32Array.from(second, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rate)),
          rate,
        );
      }
      const { columnMs, highHz } = plot.scale;
      assert.deepEqual([columnMs, highHz], [1_024_000 / rate, rate / 2]);
      const near = (found: number | undefined, hz: number) =>
        assert.ok(Math.abs(found! - hz) < 0.2 * hz, `${found} Hz`);
      near(plot.strongestHz(0), 2000);
      near(plot.strongestHz(Math.round(1500 / columnMs)), 300);
      assert.equal(plot.strongestHz(columns - 1), undefined);
    }
  });

  it("shows silence as nothing", () => {
    const plot = new SoundPlot();
    plot.add(new Float32Array(16_000), 16_000);
    assert.equal(Math.max(...plot.spectrogram), 0);
    assert.equal(plot.strongestHz(0), undefined);
  });
});

describe("a live feed whose connection breaks", () => {
  const session: LiveSession = {
    id: "7b1f7a52-6f0e-4c1e-9a53-0d6b4c4f8a11",
    state: "running",
    source: { kind: "file", path: "/clip.mp4" },
    pipeline: "multimodal",
    startedAt: "2026-11-22T10:00:00.000Z",
    recording: { on: true, path: "/recordings/camera.mkv", startMs: 0 },
    stats: {
      fps: 25,
      latencyP50Ms: 20,
      latencyP95Ms: 30,
      framesIn: 1,
      framesDone: 1,
      dropped: 0,
      framesRecorded: 1,
    },
  };
  /** The feed's state after it was watched, lost, and watched again with `failure`. */
  const after = async (failure: AppError): Promise<LiveFeed> => {
    const connected = signal(true);
    const answers = [() => Promise.resolve({ session }), () => Promise.reject(failure)];
    const ask = (() => answers.shift()!()) as Host["ask"];
    const feed = new LiveFeed({ connected, ask, onEvent: () => () => undefined }, session.id);
    await new Promise(setImmediate);
    connected.value = false;
    assert.equal(feed.session.value?.state, "running");
    connected.value = true;
    await new Promise(setImmediate);
    return feed;
  };

  it("ends with a session that the next daemon does not know, and leads to its recording", async () => {
    const feed = await after(new AppError("not_found", "There is no such session."));
    assert.equal(feed.session.value?.state, "failed");
    assert.equal(feed.session.value.failure?.code, "interrupted");
    assert.equal(feed.session.value.analysisId, session.id);
  });

  it("says why it cannot go on otherwise", async () => {
    const feed = await after(new AppError("timeout", "The EDIN daemon does not answer."));
    assert.equal(feed.session.value?.state, "running");
    assert.ok(feed.failed.value instanceof AppError);
  });
});
