import assert from "node:assert/strict";
import { captureFrames, captureSound, openDevices } from "../../../daemon/capture/captureDevices.ts";
import { listDevices } from "../../../daemon/capture/devices.ts";
import { defaultFfmpeg } from "../../../daemon/media/ffmpeg.ts";
import { runningTools } from "../media/clips.ts";

/** ffmpeg's generators at the pace of a device stand for camera and microphone. */
const camera = ["-re", "-f", "lavfi", "-i", "testsrc=size=640x480:rate=30"];
const microphone = ["-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"];

describe("capture of devices", () => {
  const stop = new AbortController();
  const { signal } = stop;

  it("gives frames in one size with bars, on a rising clock, until it is stopped", async () => {
    const ffmpeg = await defaultFfmpeg();
    const times: number[] = [];
    const stopCamera = new AbortController();
    const startedAt = performance.now();
    await assert.rejects(
      async () => {
        for await (const frame of captureFrames(camera, startedAt, { ffmpeg, signal: stopCamera.signal })) {
          assert.deepEqual([frame.width, frame.height, frame.data.length], [1280, 720, 1_382_400]);
          // 4:3 in 16:9: black at the left edge, the picture in the middle.
          assert.equal(frame.data[360 * 1280], 16);
          assert.notEqual(frame.data[360 * 1280 + 640], 16);
          times.push(frame.timeMs);
          if (times.length === 12) stopCamera.abort();
        }
      },
      { name: "AbortError" },
    );
    assert.equal(times.length, 12);
    const steps = times.slice(1).map((time, i) => time - times[i]!);
    assert.ok(
      steps.every((step) => Math.abs(step - 1000 / 30) < 5),
      `steps ${steps.join(" ")}`,
    );
  });

  it("gives sound without gaps", async () => {
    const ffmpeg = await defaultFfmpeg();
    let samples = 0;
    let loudest = 0;
    for await (const chunk of captureSound(microphone, performance.now(), { ffmpeg, signal })) {
      assert.equal(chunk.sampleRateHz, 48_000);
      samples += chunk.samples.length;
      loudest = Math.max(loudest, ...chunk.samples);
      if (samples >= 24_000) break;
    }
    assert.ok(loudest > 0.05 && loudest < 0.5, `loudest ${loudest}`);
    assert.deepEqual(await runningTools(), []);
  });

  it("says that a device is unknown or gives nothing, and why none is there", async () => {
    const ffmpeg = await defaultFfmpeg();
    await assert.rejects(openDevices({ camera: "/etc/passwd" }, { ffmpeg, signal }), { code: "not_found" });
    await assert.rejects(openDevices({ microphone: "alsa:x" }, { ffmpeg, signal }), { code: "not_found" });
    const broken = ["-f", "lavfi", "-i", "nosuchsource"];
    await assert.rejects(captureFrames(broken, 0, { ffmpeg, signal }).next(), { code: "capture_failed" });
    const { cameras, microphones, reason } = await listDevices(ffmpeg);
    assert.equal(reason === undefined, cameras.length > 0 && microphones.length > 0);
  });
});
