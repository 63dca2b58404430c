import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { runAnalysis } from "../../../daemon/analysis/run.ts";
import { readLines } from "../../../daemon/results/exports/write.ts";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { getAnalysis, getResult } from "../../../shared/protocol/analyses.ts";
import { recordLive, stopLive } from "../../../shared/protocol/live.ts";
import { frameLineSchema, type Face, type FrameLine } from "../../../shared/protocol/results.ts";
import { makePhotoClip, twoFaces } from "../../support/photoClip.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";
import { makeClip } from "../media/clips.ts";
import { connect, ended, startWatched } from "./liveClient.ts";
import { openProductModels } from "../../support/productModels.ts";

describe("live session of a clip in real time", () => {
  let test: TestDaemon;
  let slow: string;
  let quick: string;

  before(async () => {
    test = await startTestDaemon();
    quick = await makePhotoClip(path.join(test.clips, "quick.mp4"), 4);
    // So few frames a second that none has to give way, also where the processor is shared.
    slow = path.join(test.clips, "slow.mp4");
    await makeClip(slow, "-i", quick, "-vf", "setpts=2*PTS,fps=0.5", "-c:v", "libx264", "-c:a", "copy");
  });
  after(() => test[Symbol.asyncDispose]());

  async function analyse(mediaPath: string): Promise<FrameLine[]> {
    const lines: FrameLine[] = [];
    await using models = await openProductModels();
    const outDir = path.join(test.place.dataDir, "out");
    await runAnalysis(
      { id: "recorded", mediaPath, outDir, pipeline: "multimodal", config: {} },
      {
        models,
        signal: new AbortController().signal,
        onProgress: () => undefined,
        onFrame: (line) => lines.push(line),
      },
    );
    return lines;
  }

  async function storedFrames(id: string): Promise<FrameLine[]> {
    const lines: FrameLine[] = [];
    const file = path.join(test.place.dataDir, "analyses", id, "frames.jsonl");
    for await (const line of readLines(file, frameLineSchema)) lines.push(line);
    return lines;
  }

  it("gives the lines of the recorded path where no frame gives way, with preview, sound and figures", async () => {
    await using client = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "file", path: slow } });
    const session = await ended(test, id);
    assert.equal(session.failure, undefined);
    const { stats } = session;
    const recorded = await analyse(slow);
    const n = recorded.length;
    assert.ok(n >= 4);
    assert.deepEqual([stats.framesIn, stats.framesDone, stats.dropped, stats.framesRecorded], [n, n, 0, 0]);
    assert.ok(stats.latencyP50Ms > 0 && stats.latencyP95Ms >= stats.latencyP50Ms);
    const frames = client.heard["live:frame"];
    assert.deepEqual(
      frames.map(({ line }) => line),
      recorded,
    );
    assert.ok(recorded.some(({ faces }) => faces.length > 0));
    assert.ok(frames.every(({ latencyMs }) => latencyMs >= 0));
    assert.equal(client.heard["live:preview"].length, n);
    const [first] = client.heard["live:preview"];
    assert.deepEqual([...new Uint8Array(first!.jpeg).subarray(0, 2)], [0xff, 0xd8]);
    const heardMs = client.heard["live:sound"].reduce(
      (sum, { pcm, sampleRateHz }) => sum + (500 * pcm.byteLength) / sampleRateHz,
      0,
    );
    assert.ok(Math.abs(heardMs - 4000) < 200, `${heardMs} ms of sound`);
    assert.ok(client.heard["live:speech"].length >= 4);
    assert.equal(client.heard["live:state"].at(-1)?.session.state, "stopped");
    assert.ok(!(await readdir(test.place.dataDir)).includes("recordings"));
  });

  it("records: media that can be analysed again, results as an analysis, prompts among its events", async () => {
    await using client = connect(test);
    const { id } = await startWatched(test, client, {
      source: { kind: "file", path: quick },
      record: true,
      consent: { text: "I agree.", givenAt: "2026-11-22T12:00:00Z" },
      interview: { title: "Two questions", prompts: ["How are you?"] },
    });
    await until(() => Promise.resolve(client.heard["live:frame"].length > 1), 30_000);
    await client.ask("live:segment", {
      id,
      kind: "prompt",
      startMs: 100,
      endMs: 900,
      label: "<b>How are you?",
    });
    const session = await ended(test, id);
    assert.equal(session.failure, undefined);
    assert.equal(session.analysisId, id);
    assert.equal(session.stats.framesRecorded, session.stats.framesIn);
    assert.ok(session.recording && !session.recording.on);

    const media = await probeMedia(session.recording.path);
    assert.deepEqual(
      [media.video?.width, media.video?.height, media.audio?.sampleRateHz],
      [640, 480, 16_000],
    );
    assert.ok(Math.abs(media.durationMs - 4000) < 300, `${media.durationMs} ms`);
    assert.equal((await stat(session.recording.path)).mode & 0o777, 0o600);

    const { analysis } = await test.call(getAnalysis, { id });
    assert.deepEqual([analysis.state, analysis.mediaPath], ["done", session.recording.path]);
    const { result } = await test.call(getResult, { id });
    assert.equal(result.summary.frames, session.stats.framesDone);
    assert.deepEqual(
      result.events.filter(({ kind }) => kind === "prompt"),
      [{ kind: "prompt", startMs: 100, endMs: 900, label: "<b>How are you?" }],
    );
    const frames = await storedFrames(id);
    const live = client.heard["live:frame"].map(({ line }) => line);
    const startMs = session.recording.startMs;
    assert.deepEqual(
      frames,
      live.map((line) => ({ ...line, timeMs: Math.round(1000 * (line.timeMs - startMs)) / 1000 })),
    );
    const kept: unknown = JSON.parse(
      await readFile(path.join(path.dirname(session.recording.path), "session.json"), "utf8"),
    );
    assert.equal((kept as { consent: { text: string } }).consent.text, "I agree.");
  });

  it("lets stale frames go when the pipeline is behind, and the rest agree with the recorded path", async () => {
    await using client = connect(test);
    const clip = path.join(test.clips, "fast.mp4");
    await makeClip(
      clip,
      "-i",
      quick,
      "-vf",
      "fps=240",
      "-t",
      "1",
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-an",
    );
    const { id } = await startWatched(test, client, {
      source: { kind: "file", path: clip },
    });
    const { stats, failure } = await ended(test, id);
    assert.equal(failure, undefined);
    assert.ok(stats.dropped > 20, `${stats.dropped} dropped`);
    assert.equal(stats.framesDone + stats.dropped, stats.framesIn);
    assert.equal(client.heard["live:frame"].at(-1)?.dropped, stats.dropped);
    const lines = client.heard["live:frame"].map(({ line }) => line);
    assert.ok(lines.every(({ timeMs }, i) => i === 0 || timeMs > lines[i - 1]!.timeMs));
    const recorded = await analyse(clip);
    const apart = lines.flatMap(({ index, timeMs, faces: [face] }) => {
      const same = recorded[index]!;
      assert.equal(same.timeMs, timeMs);
      return face && same.faces[0] ? [meanDistance(face, same.faces[0])] : [];
    });
    // The filter of the landmarks looks back over other frames: that is all that may differ.
    assert.ok(apart.length > 5, `only ${apart.length} frames have a face in both`);
    assert.ok(Math.max(...apart) < 0.02, `landmarks ${Math.max(...apart)} of the face apart`);
  });

  it("begins to record in the middle and stops when told; the results begin with the recording", async () => {
    await using client = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "file", path: quick } });
    await until(() => Promise.resolve(client.heard["live:frame"].length > 3), 30_000);
    const { session } = await test.call(recordLive, { id, on: true });
    assert.equal(session.id, id);
    await until(() => Promise.resolve(client.heard["live:frame"].length > 12), 30_000);
    const stopped = (await test.call(stopLive, { id })).session;
    assert.equal(stopped.state, "stopped");
    assert.ok(stopped.recording!.startMs > 0);
    const { result } = await test.call(getResult, { id });
    const media = await probeMedia(stopped.recording!.path);
    assert.ok(result.summary.frames > 2);
    assert.ok(Math.abs(media.video!.startMs) < 2, `video starts at ${media.video!.startMs}`);
    await assert.rejects(test.call(recordLive, { id, on: true }), { status: 409 });
  });

  it("keeps nothing of what comes after the recording was stopped", async () => {
    await using client = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "file", path: quick }, record: true });
    await until(() => Promise.resolve(client.heard["live:frame"].length > 3), 30_000);
    await test.call(recordLive, { id, on: false });
    const prompt = { kind: "prompt", startMs: 3900, endMs: 3950, label: "Too late" } as const;
    await client.ask("live:segment", { id, ...prompt });
    const session = await ended(test, id);
    assert.equal(session.failure, undefined);
    const live = client.heard["live:frame"].map(({ line }) => line);
    const { result } = await test.call(getResult, { id });
    const lines = await storedFrames(id);
    const media = await probeMedia(session.recording!.path);
    assert.ok(lines.length > 2 && lines.length < live.length, `${lines.length} of ${live.length} frames`);
    assert.deepEqual(
      lines.map(({ index }) => index),
      live.slice(0, lines.length).map(({ index }) => index),
    );
    const ends = [lines.at(-1)!.timeMs, ...result.tracks.map(({ lastMs }) => lastMs)];
    for (const endMs of ends)
      assert.ok(endMs < media.durationMs + 100, `results to ${endMs} ms of ${media.durationMs} ms of media`);
    assert.deepEqual(
      result.events.filter(({ kind }) => kind === "prompt"),
      [],
    );
  });

  it("magnifies live: crops side by side", async () => {
    await using client = connect(test);
    const { id } = await startWatched(test, client, {
      source: { kind: "file", path: quick },
      pipeline: "evm",
    });
    const { failure } = await ended(test, id);
    assert.equal(failure, undefined);
    assert.ok(client.heard["live:face-view"].length > 2);
    assert.ok(client.heard["live:frame"].some(({ line }) => line.faces[0]?.magnification));
  });

  it("gives each of several faces a character of its own, live", async () => {
    await using client = connect(test);
    const two = await makePhotoClip(path.join(test.clips, "two.mp4"), [twoFaces(4)]);
    const { id } = await startWatched(test, client, {
      source: { kind: "file", path: two },
      pipeline: "avatar",
      config: { avatar: { name: "dora" } },
    });
    assert.equal((await ended(test, id)).failure, undefined);
    const named = new Map(client.heard["live:face-view"].map(({ track, moved }) => [track, moved?.name]));
    assert.deepEqual([named.get(1), named.get(2)], ["dora", "egon"]);
  });

  it("refuses what cannot be: paths outside, unknown devices, clips without a picture, nonsense", async () => {
    const start = async (source: object, more: object = {}) => {
      const response = await test.ask("/api/live", {
        method: "POST",
        headers: {
          authorization: `Bearer ${test.daemon.token.reveal()}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ source, ...more }),
      });
      const body = (await response.json()) as { code: string; session?: { id: string } };
      return { status: response.status, ...body };
    };
    const cases: [object, object, string][] = [
      [{ kind: "file", path: "/etc/passwd" }, {}, "invalid_path"],
      [
        { kind: "file", path: path.join(test.clips, "..", "clips", "quick.mp4") + "/../x" },
        {},
        "invalid_path",
      ],
      [{ kind: "file", path: path.join(test.clips, "none.mp4") }, {}, "media_not_found"],
      [{ kind: "devices" }, {}, "invalid_request"],
      [{ kind: "nothing" }, {}, "invalid_request"],
      [{ kind: "file", path: quick }, { config: { maxFaces: -1 } }, "invalid_config"],
      [
        { kind: "file", path: quick },
        { pipeline: "evm", config: { magnification: { filter: "ideal" } } },
        "invalid_config",
      ],
      [{ kind: "file", path: quick }, { pipeline: "hologram" }, "invalid_request"],
    ];
    for (const [source, more, code] of cases) assert.equal((await start(source, more)).code, code);
    const later: [object, string][] = [
      [{ kind: "file", path: path.join(test.clips, "clip.mp4") }, "media_unsupported"],
      [{ kind: "devices", camera: "/dev/zero" }, "not_found"],
    ];
    for (const [source, code] of later) {
      const { session } = await start(source);
      assert.equal((await ended(test, session!.id)).failure?.code, code);
    }
  });
});

/** Of the points of two faces, as a fraction of the face's height. */
function meanDistance(a: Face, b: Face): number {
  let sum = 0;
  for (let k = 0; k < 136; k += 2)
    sum += Math.hypot(a.landmarks[k]! - b.landmarks[k]!, a.landmarks[k + 1]! - b.landmarks[k + 1]!);
  return sum / 68 / a.box[3];
}
