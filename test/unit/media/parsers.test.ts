import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { isAppError } from "../../../shared/errors.ts";
import { PassThrough } from "node:stream";
import { BlockReader } from "../../../daemon/media/blockReader.ts";
import { FrameClock } from "../../../daemon/media/frameClock.ts";
import { FrameTimes } from "../../../daemon/media/frameTimes.ts";
import { readOrientation, uprightFilters } from "../../../daemon/media/orientation.ts";
import { frameRateOf, isVariable } from "../../../daemon/media/probe.ts";
import { sniffContainer, sniffMedia } from "../../../daemon/media/sniff.ts";
import { encodeWav } from "../../../daemon/media/wav.ts";

describe("what lies under the name of a clip and is none", () => {
  const table: [head: string, says: RegExp][] = [
    ["<!DOCTYPE html><html>", /a web page.* Download the clip again/],
    ["\0\x05\x16\x07\0\x02\0\0Mac OS X", /without \._ in its name/],
    ["PK\x03\x04 word/", /a ZIP archive/],
    ["L\0\0\0\x01\x14\x02\0", /a shortcut of Windows/],
    ["%PDF-1.7", /a PDF document/],
    ["\0\0\0\x18styp", /a part of a stream, as DASH and HLS cut them.* Join the stream's init file/],
    ["\0\0\x02\x18moof", /Join the stream's init file/],
    ["nothing known", /is not a video/],
  ];
  for (const [head, says] of table)
    it(`is named: ${JSON.stringify(head)}`, async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "edin-sniff-"));
      try {
        const file = path.join(folder, "clip.mp4");
        await writeFile(file, Buffer.from(head, "latin1"));
        await assert.rejects(sniffMedia(file), (error) => {
          assert.ok(isAppError(error, "media_unsupported") && says.test(error.message), String(error));
          return true;
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
});

describe("a program stream that was cut in the middle", () => {
  const table: [string, string, string | undefined][] = [
    ["MPEG-2", "\x44\0\x04\0\x04\x01\0\0\x03\xf9\xff\0\0\x01\xe0", "mpeg"],
    ["MPEG-1", "\x21\0\x01\0\x01\x80\0\x01\0\0\x01\xbb", "mpeg"],
    ["no pack", "\x44\0\x04\0\x04\x01\0\0\x03\xf9\xff\0\0\x02\xe0", undefined],
  ];
  for (const [name, pack, expected] of table)
    it(`is ${expected === undefined ? "not seen" : "found"} by a pack: ${name}`, async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), "edin-sniff-"));
      try {
        const file = path.join(folder, "cut.vob");
        await writeFile(file, Buffer.from(`${"x".repeat(30_000)}\0\0\x01\xba${pack}`, "latin1"));
        const found = await sniffMedia(file).catch(() => undefined);
        assert.equal(found?.container, expected);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
});

describe("sniffContainer", () => {
  const table: [string, string | undefined][] = [
    ["\0\0\0\x18ftypmp42", "mov"],
    ["\x1a\x45\xdf\xa3", "matroska"],
    ["RIFF\0\0\0\0WAVE", "wav"],
    ["RIFF\0\0\0\0AVI ", "avi"],
    ["OggS", "ogg"],
    ["ID3\x04", "mp3"],
    ["\xff\xfb\x90", "mp3"],
    ["\xff\xf1\x50", "aac"],
    [`G${"\0".repeat(187)}`.repeat(3), "mpegts"],
    [`\0\0\0\0G${"\0".repeat(187)}`.repeat(3), "mpegts"],
    ["Go away, this is a text.".repeat(100), undefined],
    [`\0G${"\0".repeat(186)}`.repeat(20).slice(7), "mpegts"],
    ["\x0b\x77\0\0\0\x40", "ac3"],
    ["\x0b\x77\0\0\0\x80", "eac3"],
    ["\0\0\0\x01\x67\x42", "h264"],
    ["\0\0\0\x01\x40\x01", "hevc"],
    ["\0\0\x01\xb3", "mpegvideo"],
    ["#!AMR\n", "amr"],
    ["caff", "caf"],
    [".snd", "au"],
    ["DKIF", "ivf"],
    ["NIST_1A\n", "nistsphere"],
    ["\x1f\x07\0", "dv"],
    ["\x06\x0e\x2b\x34", "mxf"],
    ["\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"],
    ["#EXTM3U\n", undefined],
    ["ffconcat version 1.0", undefined],
    ["<?xml", undefined],
    ["\x89PNG\r\n\x1a\n", undefined],
    ["\xff\xd8\xff\xe0", undefined],
    ["", undefined],
  ];
  for (const [head, expected] of table) {
    it(`takes ${JSON.stringify(head.slice(0, 12))} for ${expected ?? "nothing that EDIN reads"}`, () =>
      assert.equal(sniffContainer(Buffer.from(head, "latin1")), expected));
  }
});

describe("readOrientation", () => {
  const matrix = (a: number, b: number, c: number, d: number) => ({
    displaymatrix: `\n00000000: ${a} ${b} 0\n00000001: ${c} ${d} 0\n00000002: 0 0 1073741824\n`,
    rotation: -180,
  });
  /** Where the filters put the pixel that is right of and below the middle. */
  const moved = (filters: readonly string[]): [number, number] =>
    filters.reduce<[number, number]>(
      ([x, y], filter) =>
        filter === "hflip"
          ? [-x, y]
          : filter === "vflip"
            ? [x, -y]
            : filter === "transpose=clock"
              ? [-y, x]
              : [y, -x],
      [2, 1],
    );
  for (const [a, b, c, d] of [
    [1, 0, 0, 1],
    [0, 1, -1, 0],
    [-1, 0, 0, -1],
    [0, -1, 1, 0],
    [-1, 0, 0, 1],
    [1, 0, 0, -1],
    [0, 1, 1, 0],
    [0, -1, -1, 0],
  ] as const) {
    it(`makes the matrix ${a} ${b} / ${c} ${d} the filters that move pixels as it says`, () =>
      assert.deepEqual(moved(uprightFilters(readOrientation(matrix(a, b, c, d)))), [
        2 * a + c + 0,
        2 * b + d + 0,
      ]));
  }
  it("takes a matrix of zeros for none, and an angle where there is no matrix", () => {
    assert.deepEqual(readOrientation(matrix(0, 0, 0, 0)), { rotationDeg: 180, mirrored: false });
    for (const [rotation, rotationDeg] of [
      [undefined, 0],
      [-90, 90],
      [90, 270],
      [-450, 90],
      [-88, 90],
    ] as const)
      assert.deepEqual(readOrientation({ rotation }), { rotationDeg, mirrored: false });
  });
});

describe("frameRateOf", () => {
  const every = (ms: number) => Array.from({ length: 30 }, (_, i) => (i * ms) / 1000);
  for (const [stated, times, expected] of [
    [25, every(40), 25],
    [1000, every(40), 25],
    [25, every(20), 25],
    [1, every(40), 25],
    [undefined, every(100), 10],
    [undefined, [], 25],
  ] as const) {
    it(`says ${expected} for ${stated ?? "nothing"} stated and packets every ${1000 * (times[1] ?? 0)} ms`, () =>
      assert.ok(Math.abs(frameRateOf(stated, times) - expected) < 1e-6));
  }
});

describe("isVariable", () => {
  for (const [times, expected] of [
    [[], false],
    [[0, 0.04, 0.08], false],
    [[0, 0.033, 0.067, 0.1, 0.133], false],
    [[0.08, 0, 0.04, 0.12], false],
    [[0, 0.04, 0.12, 0.16], true],
  ] as const) {
    it(`says ${expected} for ${JSON.stringify(times)}`, () => assert.equal(isVariable(times), expected));
  }
});

describe("FrameClock", () => {
  for (const [name, own, expected] of [
    ["keeps a steady clock", [0, 40, 80], [0, 40, 80]],
    ["keeps a jump forward", [0, 40, 60_040], [0, 40, 60_040]],
    ["starts at zero", [-80, -40, 0, 40], [0, 0.001, 0.002, 40]],
    ["puts a repeated time right after the first", [0, 40, 40, 80], [0, 40, 40.001, 80]],
    ["puts a small step back right after", [0, 40, 20, 80], [0, 40, 40.001, 80]],
    ["goes on after a clock that starts anew", [5000, 5040, 0, 40], [5000, 5040, 5080, 5120]],
    ["counts on without times", [undefined, undefined, 80, undefined], [0, 40, 80, 120]],
  ] as const) {
    it(name, () => {
      const clock = new FrameClock(25);
      assert.deepEqual(
        own.map((time) => clock.next(time)),
        expected,
      );
    });
  }
});

describe("FrameTimes", () => {
  const line = (n: number, pts: string) =>
    `[Parsed_showinfo_3 @ 0x55] n:${String(n).padStart(4)} pts: ${pts} pts_time:x`;

  it("reads the time of each frame, whatever stands between", async () => {
    const times = new FrameTimes();
    assert.ok(times.read(line(0, "-40000")));
    assert.ok(times.read("[Parsed_showinfo_3 @ 0x55] color_range:tv"));
    assert.ok(!times.read("    title : [Parsed_showinfo_3 @ 0x55] n: 9 pts: 9"));
    assert.ok(times.read(line(1, "NOPTS")));
    assert.deepEqual([await times.of(0), await times.of(1)], [-40, undefined]);
  });

  it("goes on counting when ffmpeg starts anew", async () => {
    const times = new FrameTimes();
    for (const [n, pts] of [
      [0, "0"],
      [1, "40000"],
      [0, "80000"],
      [1, "120000"],
    ] as const)
      times.read(line(n, pts));
    assert.deepEqual(
      [await times.of(0), await times.of(1), await times.of(2), await times.of(3)],
      [0, 40, 80, 120],
    );
  });

  it("waits for a line that is on its way, and not after the end", async () => {
    const times = new FrameTimes();
    const waiting = times.of(0);
    times.read(line(0, "5000"));
    assert.equal(await waiting, 5);
    const missing = times.of(1);
    times.end();
    assert.equal(await missing, undefined);
  });
});

describe("BlockReader", () => {
  it("cuts a stream into blocks, the last one short, and reads no further than its buffers", async () => {
    const stream = new PassThrough();
    const reader = new BlockReader(stream, 4, 2);
    stream.write(Uint8Array.of(1, 2, 3));
    stream.write(Uint8Array.of(4, 5, 6, 7, 8, 9, 10));
    stream.end();
    const blocks: number[][] = [];
    for (let block = await reader.next(1000); block; block = await reader.next(1000)) {
      blocks.push([...block]);
      reader.release(block);
    }
    assert.deepEqual(blocks, [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10],
    ]);
  });

  it("makes the writer wait", async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    new BlockReader(stream, 4, 2);
    stream.write(new Uint8Array(9));
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(stream.isPaused());
  });

  it("says when nothing comes", async () => {
    const reader = new BlockReader(new PassThrough(), 4, 2);
    await assert.rejects(reader.next(20), { code: "media_timeout" });
  });
});

describe("encodeWav", () => {
  it("writes a header and clipped 16-bit samples", () => {
    const bytes = Buffer.from(encodeWav(Float32Array.of(0, 1, -2, 0.5), 8000));
    assert.equal(bytes.length, 52);
    assert.equal(bytes.readUInt32LE(24), 8000);
    assert.deepEqual(
      [0, 1, 2, 3].map((i) => bytes.readInt16LE(44 + 2 * i)),
      [0, 32767, -32767, 16384],
    );
  });
});
