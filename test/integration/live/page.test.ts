import assert from "node:assert/strict";
import { mkdir, readdir, readFile, readlink, symlink } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { getResult } from "../../../shared/protocol/analyses.ts";
import { getLive, recordLive, startLive, stopLive } from "../../../shared/protocol/live.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { startTestDaemon, type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";
import { connect, ended, startWatched, type LiveClient } from "./liveClient.ts";

const frameMs = 200;

describe("live session of a capture page", () => {
  const folder = temporaryFolder();
  let test: TestDaemon;
  let jpegs: Buffer[];
  let pieces: Buffer[];

  before(async () => {
    test = await startTestDaemon();
    const clip = await makePhotoClip(path.join(folder.path, "clip.mp4"), 3);
    await makeClip(path.join(folder.path, "frame-%03d.jpg"), "-i", clip, "-vf", "fps=5", "-q:v", "3");
    const names = (await readdir(folder.path)).filter((name) => name.endsWith(".jpg")).sort();
    jpegs = await Promise.all(names.map((name) => readFile(path.join(folder.path, name))));
    const webm = path.join(folder.path, "page.webm");
    await makeClip(webm, "-i", clip, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus");
    const bytes = await readFile(webm);
    pieces = Array.from({ length: 4 }, (_, i) =>
      bytes.subarray((i * bytes.length) / 4, ((i + 1) * bytes.length) / 4),
    );
  });
  after(() => test[Symbol.asyncDispose]());

  async function pushAll(client: LiveClient, id: string, { sound = true, fromMs = 0 } = {}): Promise<void> {
    const { length: first } = client.heard["live:frame"];
    for (const [i, jpeg] of jpegs.entries()) {
      const timeMs = fromMs + i * frameMs;
      await client.ask("live:push-video", { id, timeMs: 500 + timeMs, jpeg });
      if (sound) await client.ask("live:push-audio", { id, timeMs, sampleRateHz: 48_000, pcm: tone(i) });
      // As many as the page would wait for: none gives way.
      await until(() => Promise.resolve(client.heard["live:frame"].length > first + i), 30_000);
    }
  }

  it("reads what a page pushes on the page's clock, and makes an analysis of what its recorder brings", async () => {
    await using client = connect(test);
    await using other = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "page" }, record: true });
    await other.ask("live:watch", { id });
    await pushAll(client, id);
    const lines = client.heard["live:frame"].map(({ line }) => line);
    assert.deepEqual(
      lines.map(({ timeMs }) => timeMs),
      jpegs.map((_, i) => 500 + i * frameMs),
    );
    assert.ok(lines.every(({ faces }) => faces.length > 0));
    assert.equal(client.heard["live:preview"].length, 0);
    assert.ok(other.heard["live:preview"].length > 5);
    assert.ok(other.heard["live:sound"].length > 5);
    assert.ok(client.heard["live:speech"].length >= 2);

    const startMs = 700;
    const push = async (seq: number, more: object = {}) =>
      (await client.ask("live:push-recording", { id, seq, chunk: pieces[seq]!, ...more })).next;
    assert.equal(await push(0, { startMs }), 1);
    assert.equal(await push(1), 2);
    assert.equal(await push(0, { startMs: 9 }), 2);
    const early = await client.refused("live:push-recording", { id, seq: 3, chunk: pieces[3] });
    assert.equal(!early.ok && early.code, "conflict");
    await push(2);
    await push(3, { last: true });
    await client.ask("live:segment", { id, kind: "answer", startMs: 900, endMs: 1500, label: "Fine." });
    const { session } = await client.ask("live:end", { id });
    assert.deepEqual([session.state, session.analysisId], ["stopped", id]);
    assert.equal(session.recording?.startMs, startMs);
    const media = await probeMedia(session.recording.path);
    assert.deepEqual([media.video?.codec, media.audio?.codec], ["vp8", "opus"]);
    const { result } = await test.call(getResult, { id });
    assert.equal(result.summary.frames, jpegs.length - 1);
    assert.deepEqual(
      result.events.filter(({ kind }) => kind === "answer"),
      [{ kind: "answer", startMs: 200, endMs: 800, label: "Fine." }],
    );
  });

  it("has no voice where the page has no microphone, and keeps nothing of what comes after its recording", async () => {
    await using client = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "page" }, record: true });
    await pushAll(client, id, { sound: false });
    for (const [seq, chunk] of pieces.entries()) {
      const last = seq === pieces.length - 1;
      await client.ask("live:push-recording", { id, seq, chunk, last, ...(seq === 0 && { startMs: 500 }) });
    }
    await test.call(recordLive, { id, on: false });
    await pushAll(client, id, { sound: false, fromMs: jpegs.length * frameMs });
    const { session } = await client.ask("live:end", { id });
    assert.equal(session.failure, undefined);
    const { result } = await test.call(getResult, { id });
    assert.equal(result.summary.frames, jpegs.length);
    assert.equal(result.voice, undefined);
    assert.ok(result.summary.notes.includes("The session had no sound."));
    assert.ok(!(await openFiles()).includes(session.recording!.path));
  });

  it("fails with the reason when the disk is full", async () => {
    await using client = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "page" } });
    const folder = test.daemon.service.liveRun(id);
    await mkdir(folder, { recursive: true });
    await symlink("/dev/full", path.join(folder, "frames.jsonl.part"));
    await until(async () => (await test.call(getLive, { id })).session.state === "running", 60_000);
    await test.call(recordLive, { id, on: true });
    // More than is written at a time; it waits for the page to tell where its recording begins.
    for (let k = 0; k < 4; k++)
      await pushAll(client, id, { sound: false, fromMs: k * jpegs.length * frameMs });
    await client.ask("live:push-recording", { id, seq: 0, chunk: pieces[0]!, startMs: 0, last: false });
    const { failure, analysisId } = await ended(test, id);
    assert.deepEqual([failure?.code, analysisId], ["disk_full", id]);
  });

  it("refuses what is no picture, goes back in time, is too large, or comes from another", async () => {
    await using client = connect(test);
    await using other = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "page" } });
    const [jpeg] = jpegs;
    const code = async (
      who: LiveClient,
      name: "live:push-video" | "live:push-audio" | "live:push-recording",
      more: object,
    ) => {
      const answer = await who.refused(name, { id, ...more });
      return answer.ok ? "ok" : answer.code;
    };
    assert.equal(await code(client, "live:push-video", { timeMs: 10, jpeg }), "ok");
    assert.equal(await code(client, "live:push-video", { timeMs: 10, jpeg }), "invalid_request");
    assert.equal(
      await code(client, "live:push-video", { timeMs: 20, jpeg: Buffer.from("<svg>") }),
      "media_unreadable",
    );
    assert.equal(await code(client, "live:push-video", { timeMs: 20, jpeg: "text" }), "invalid_request");
    assert.equal(
      await code(client, "live:push-video", { timeMs: 20, jpeg: Buffer.alloc(900_001) }),
      "invalid_request",
    );
    assert.equal(
      await code(client, "live:push-audio", { timeMs: 0, sampleRateHz: 1, pcm: tone(0) }),
      "invalid_request",
    );
    assert.equal(await code(client, "live:push-recording", { seq: 0, chunk: pieces[0] }), "conflict");
    assert.equal(await code(other, "live:push-video", { timeMs: 30, jpeg }), "conflict");
    // A damaged picture costs itself, not the session.
    const damaged = Buffer.concat([jpeg!.subarray(0, 300), Buffer.alloc(50)]);
    assert.equal(await code(client, "live:push-video", { timeMs: 40, jpeg: damaged }), "ok");
    assert.equal(await code(client, "live:push-video", { timeMs: 50, jpeg }), "ok");
    await until(
      () => Promise.resolve(client.heard["live:frame"].some(({ line }) => line.timeMs === 50)),
      30_000,
    );
    const { session } = await test.call(stopLive, { id });
    assert.deepEqual([session.state, session.analysisId], ["stopped", undefined]);
    assert.equal(await code(client, "live:push-video", { timeMs: 60, jpeg }), "conflict");

    const clip = path.join(test.clips, "clip.mp4");
    await makePhotoClip(clip, 2);
    const file = (await test.call(startLive, { source: { kind: "file", path: clip } })).session;
    const answer = await client.refused("live:push-video", { id: file.id, timeMs: 0, jpeg });
    assert.equal(!answer.ok && answer.code, "conflict");
    await ended(test, file.id);
  });

  it("goes on while its page is gone for a moment, and ends when it stays away", async () => {
    const client = connect(test);
    await using watcher = connect(test);
    const { id } = await startWatched(test, client, { source: { kind: "page" } });
    await watcher.ask("live:watch", { id });
    await pushAll(client, id);
    client.socket.disconnect();
    await sleep(500);
    assert.equal((await test.call(getLive, { id })).session.state, "running");
    assert.equal((await ended(test, id)).failure, undefined);
  });
});

/** What this process, which the daemon runs in, holds open (Linux). */
async function openFiles(): Promise<string[]> {
  const names = await readdir("/proc/self/fd");
  return await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
}

/** A fifth of a second of 16 bit sound at 48 kHz. */
function tone(piece: number): Buffer {
  const samples = Int16Array.from({ length: 9600 }, (_, i) => 8000 * Math.sin((i + 9600 * piece) / 30));
  return Buffer.from(samples.buffer);
}
