import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { everyFfmpeg, lavfi, makeClip, runningTools, temporaryFolder } from "./clips.ts";
import { flipBits, honestEnds, readWhole, twoAtATime } from "./readWhole.ts";

const tinyArguments = [
  ...lavfi("testsrc=size=64x48:rate=25:duration=0.32"),
  ...lavfi("sine=duration=0.32"),
  ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "4", "-c:a", "aac"],
];

describe("bad files", () => {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder.path, name);
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(at(name), content);
    return at(name);
  };
  afterEach(async () => assert.deepEqual(await runningTools(), [], "a process was left behind"));

  it("refuses what is not there, empty or no file", async () => {
    await assert.rejects(probeMedia(at("nothing.mp4")), { code: "media_not_found" });
    await assert.rejects(probeMedia(await write("empty.mp4", "")), { code: "media_empty" });
    await mkdir(at("folder.mp4"));
    await assert.rejects(probeMedia(at("folder.mp4")), { code: "media_unsupported" });
    await symlink("/dev/zero", at("device.mp4"));
    await assert.rejects(probeMedia(at("device.mp4")), { code: "media_unsupported" });
  });

  it("S11, S13: refuses playlists, scripts and references under the name of a video, and fetches nothing", async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.ts`;
    const good = await makeClip(at("good.mp4"), ...tinyArguments);
    const table: [string, string][] = [
      ["hls", `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`],
      ["concat", `ffconcat version 1.0\nfile '${good}'\nfile '${url}'\n`],
      ["dash", `<?xml version="1.0"?><MPD><Period><BaseURL>${url}</BaseURL></Period></MPD>`],
      ["sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"],
      ["svg", `<svg xmlns="http://www.w3.org/2000/svg"><image href="${url}"/></svg>`],
      ["text", "Go away, this is a text.".repeat(20)],
    ];
    for (const [name, content] of table) {
      const file = await write(`${name}.mp4`, content);
      for (const ffmpeg of await everyFfmpeg())
        assert.equal(await readWhole(file, { ffmpeg }), "media_unsupported");
    }
    // A file that begins as a QuickTime movie and goes on as a playlist is read as the movie that it is not.
    const disguised = await write("disguised.mp4", `\0\0\0\x08ftyp${table[0]![1]}`);
    assert.equal(await readWhole(disguised), "media_unreadable");
    for (const address of [
      url,
      `concat:${good}|${good}`,
      `subfile,,start,0,end,9,,:${good}`,
      "rtsp://127.0.0.1/",
    ]) {
      await assert.rejects(probeMedia(address), { code: "media_not_found" });
    }
    server.close();
    assert.equal(asked, 0);
  });

  it("S12: refuses pictures beyond the limits", async () => {
    for (const size of ["8193x1", "8192x4700"]) {
      const file = await makeClip(
        at(`${size}.avi`),
        ...lavfi(`testsrc=size=${size}:rate=25:duration=0.04,format=yuv444p`),
        "-c:v",
        "ffv1",
      );
      for (const ffmpeg of await everyFfmpeg()) {
        await assert.rejects(probeMedia(file, { ffmpeg }), { code: "media_too_large" }, size);
      }
    }
    const stretched = await makeClip(at("stretched.mkv"), ...tinyArguments, "-vf", "setsar=1000/1:max=1000");
    await assert.rejects(probeMedia(stretched), { code: "media_too_large" });
  });

  it("S12: refuses a picture that grows beyond the limits in mid-clip", async () => {
    const parts = await Promise.all(
      ["64x48", "8160x8160"].map(async (size) =>
        readFile(
          await makeClip(
            at(`part${size}.ts`),
            ...lavfi(`color=size=${size}:rate=25:duration=0.04`),
            ...["-c:v", "mpeg4", "-f", "mpegts"],
          ),
        ),
      ),
    );
    const file = await write("grows.ts", Buffer.concat(parts));
    for (const ffmpeg of await everyFfmpeg())
      assert.ok(honestEnds.includes(await readWhole(file, { ffmpeg })));
  });

  it("reads a picture that changes its size in mid-clip as one size", async () => {
    const parts = await Promise.all(
      ["64x48", "128x96"].map(async (size) =>
        readFile(
          await makeClip(
            at(`change${size}.ts`),
            ...lavfi(`testsrc=size=${size}:rate=25:duration=0.4`),
            ...["-c:v", "mpeg2video", "-f", "mpegts"],
          ),
        ),
      ),
    );
    const file = await write("changes.ts", Buffer.concat(parts));
    for (const ffmpeg of await everyFfmpeg()) assert.equal(await readWhole(file, { ffmpeg }), "ok");
  });

  it("reads a file by what it holds, whatever its name says", async () => {
    const good = await makeClip(at("named.mp4"), ...tinyArguments);
    await copyFile(good, at("named.wav"));
    assert.equal(await readWhole(at("named.wav")), "ok");
  });

  it("ends honestly without a key frame", async () => {
    const whole = await readFile(
      await makeClip(
        at("keys.ts"),
        ...lavfi("testsrc=size=64x48:rate=25:duration=1"),
        "-c:v",
        "libx264",
        "-g",
        "100",
      ),
    );
    const packets = Math.floor(whole.length / 188);
    const file = await write("noKey.ts", whole.subarray(188 * Math.floor(packets / 2)));
    for (const ffmpeg of await everyFfmpeg())
      assert.ok(honestEnds.includes(await readWhole(file, { ffmpeg })));
  });

  for (const [name, extra] of [
    ["cut.mp4", ["-movflags", "+faststart"]],
    ["cut.mkv", []],
  ] as const) {
    it(`ends honestly where ${name} is cut at each sixteenth`, async () => {
      const whole = await readFile(await makeClip(at(name), ...tinyArguments, ...extra));
      const ends: string[] = [];
      for (let part = 1; part < 16; part++) {
        const file = await write(`${part}${name}`, whole.subarray(0, Math.floor((whole.length * part) / 16)));
        ends.push(await readWhole(file));
      }
      assert.ok(
        ends.every((end) => honestEnds.includes(end)),
        ends.join(" "),
      );
      // Not everything is refused: what is there before the cut gets read.
      assert.ok(ends.slice(12).includes("ok"), ends.join(" "));
    });
  }

  it("ends honestly with flipped bits, 500 times", async function () {
    this.timeout(300_000);
    const whole = await readFile(await makeClip(at("flip.mp4"), ...tinyArguments, "-movflags", "+faststart"));
    const counts: Record<string, number> = {};
    await twoAtATime(500, async (seed) => {
      const file = await write(`flip${seed % 4}-${seed}.mp4`, flipBits(whole, seed));
      const end = await readWhole(file);
      assert.ok(honestEnds.includes(end), `seed ${seed}: ${end}`);
      counts[end] = (counts[end] ?? 0) + 1;
    });
    assert.ok((counts["ok"] ?? 0) > 50 && (counts["media_unreadable"] ?? 0) > 5, JSON.stringify(counts));
  });
});
