import assert from "node:assert/strict";
import {
  clampView,
  followTime,
  formatTime,
  panView,
  timeTicks,
  timeToX,
  xToTime,
  zoomView,
} from "../../../webview/draw/timeView.ts";

describe("the visible part of a timeline", () => {
  const durationMs = 60_000;

  it("keeps the time under the pointer in place when it zooms", () => {
    const view = { startMs: 10_000, endMs: 30_000 };
    const closer = zoomView(view, 15_000, 0.5, durationMs);
    assert.equal(timeToX(closer, 15_000, 800), timeToX(view, 15_000, 800));
    assert.equal(closer.endMs - closer.startMs, 10_000);
  });

  it("never leaves the clip", () => {
    const cases = [
      [panView({ startMs: 0, endMs: 10_000 }, -5000, durationMs), { startMs: 0, endMs: 10_000 }],
      [panView({ startMs: 50_000, endMs: 60_000 }, 5000, durationMs), { startMs: 50_000, endMs: 60_000 }],
      [zoomView({ startMs: 0, endMs: 60_000 }, 100, 8, durationMs), { startMs: 0, endMs: 60_000 }],
      [clampView({ startMs: -10, endMs: -5 }, durationMs), { startMs: 0, endMs: 100 }],
    ] as const;
    for (const [actual, expected] of cases) assert.deepEqual(actual, expected);
  });

  it("turns the page only when the playhead has left it", () => {
    const view = { startMs: 10_000, endMs: 20_000 };
    assert.equal(followTime(view, 15_000, durationMs), view);
    assert.deepEqual(followTime(view, 21_000, durationMs), { startMs: 20_500, endMs: 30_500 });
  });

  it("turns pixels into times and back", () => {
    const view = { startMs: 1000, endMs: 3000 };
    assert.equal(xToTime(view, timeToX(view, 1234, 640), 640), 1234);
  });

  it("marks round times that are far enough apart", () => {
    assert.deepEqual(timeTicks({ startMs: 500, endMs: 10_500 }, 800, 80), {
      stepMs: 1000,
      times: [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000],
    });
  });

  it("writes times with as many digits as the step needs", () => {
    const cases: [number, number, string][] = [
      [0, 1000, "0:00"],
      [62_450, 1, "1:02.450"],
      [62_450, 100, "1:02.5"],
      [59_999, 1000, "1:00"],
      [3_723_000, 1000, "1:02:03"],
    ];
    for (const [timeMs, stepMs, text] of cases) assert.equal(formatTime(timeMs, stepMs), text);
  });
});
