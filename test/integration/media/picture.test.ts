import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp, { type Sharp } from "sharp";
import { readPicture } from "../../../daemon/media/picture.ts";
import { isAppError, type ErrorCode } from "../../../shared/errors.ts";

const [width, height] = [40, 24];
/** Left half dark, right half bright; the top left corner says which way is up. */
const levels = Uint8Array.from({ length: width * height }, (_, i) => {
  const [x, y] = [i % width, Math.floor(i / width)];
  return x < 10 && y < 6 ? 250 : x < width / 2 ? 40 : 180;
});
const grey = () => sharp(levels, { raw: { width, height, channels: 1 } });
const colour = () => grey().toColourspace("srgb");
const wide = (image: Sharp, space: string) => image.linear(1).toColourspace(space).png().toBuffer();

/** The picture as formats write it. Loss and profiles may move a value by `tolerance`. */
const forms: [name: string, bytes: () => Promise<Buffer>, tolerance: number][] = [
  ["8-bit PNG", () => colour().png().toBuffer(), 0],
  ["grey PNG", () => grey().png().toBuffer(), 0],
  ["16-bit PNG", () => wide(sixteen(3), "rgb16"), 1],
  ["16-bit grey PNG", () => wide(sixteen(1), "grey16"), 1],
  ["PNG with alpha", () => colour().ensureAlpha(0.5).png().toBuffer(), 0],
  ["palette PNG", () => colour().png({ palette: true }).toBuffer(), 3],
  ["JPEG", () => colour().jpeg({ quality: 95 }).toBuffer(), 12],
  ["CMYK JPEG", () => colour().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer(), 40],
  ["WebP", () => colour().webp({ lossless: true }).toBuffer(), 0],
  ["TIFF", () => colour().tiff().toBuffer(), 12],
  ["GIF", () => colour().gif().toBuffer(), 3],
  [
    "turned JPEG",
    () => colour().rotate(270).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer(),
    12,
  ],
  [
    "binary grey PNM",
    () => Promise.resolve(Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), levels])),
    0,
  ],
  [
    "binary colour PNM",
    () => Promise.resolve(Buffer.concat([Buffer.from(`P6\n# made\n${width} ${height}\n255\n`), rgb()])),
    0,
  ],
  ["BMP", () => Promise.resolve(bitmap()), 0],
];

/** `channels` values of 16 bits a pixel. */
function sixteen(channels: 1 | 3): Sharp {
  const values = Uint16Array.from(
    { length: width * height * channels },
    (_, i) => levels[Math.floor(i / channels)]! * 257,
  );
  return sharp(values, { raw: { width, height, channels } });
}
const rgb = () => Uint8Array.from({ length: 3 * levels.length }, (_, i) => levels[Math.floor(i / 3)]!);

/** Uncompressed, 24 bits, from the bottom row up. */
function bitmap(): Buffer {
  const head = Buffer.alloc(54);
  head.write("BM");
  head.writeUInt32LE(54 + 3 * levels.length, 2);
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  const rows = Array.from({ length: height }, (_, y) =>
    rgb().subarray(3 * width * y, 3 * width * (y + 1)),
  ).reverse();
  return Buffer.concat([head, ...rows]);
}

describe("readPicture", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "edin-picture-"))));
  after(() => rm(folder, { recursive: true }));
  const write = async (bytes: Uint8Array | string): Promise<string> => {
    const file = path.join(folder, "picture.bin");
    await writeFile(file, bytes);
    return file;
  };

  for (const [name, bytes, tolerance] of forms)
    it(`reads ${name}, upright and in 8-bit RGB`, async () => {
      const picture = await readPicture(await write(await bytes()));
      assert.deepEqual(
        [picture.width, picture.height, picture.channels, picture.scale],
        [width, height, 3, 1],
      );
      // Away from edges, which JPEG blurs.
      for (const [x, y] of [
        [3, 2],
        [15, 12],
        [30, 3],
        [30, 20],
        [4, 18],
      ] as const) {
        const wanted = levels[y * width + x]!;
        const got = picture.data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3);
        for (const value of got)
          assert.ok(Math.abs(value - wanted) <= tolerance, `(${x}, ${y}) is ${got.join()}, not ${wanted}`);
      }
    });

  it("scales a large picture down, inside a size or over it, and never up", async () => {
    const file = await write(
      await sharp({ create: { width: 900, height: 300, channels: 3, background: "#888" } })
        .png()
        .toBuffer(),
    );
    const inside = await readPicture(file, { atMost: { width: 300, height: 300, fit: "inside" } });
    assert.deepEqual([inside.width, inside.height], [300, 100]);
    assert.ok(Math.abs(inside.scale - 1 / 3) < 1e-9);
    const outside = await readPicture(file, { atMost: { width: 100, height: 100, fit: "outside" } });
    assert.deepEqual([outside.width, outside.height], [300, 100]);
    const same = await readPicture(file, { atMost: { width: 2000, height: 2000, fit: "inside" } });
    assert.equal(same.scale, 1);
  });

  it("reads a picture of one pixel", async () => {
    const file = await write(
      await sharp({ create: { width: 1, height: 1, channels: 3, background: "#fff" } })
        .png()
        .toBuffer(),
    );
    assert.deepEqual([...(await readPicture(file)).data], [255, 255, 255]);
  });

  const faults: [name: string, bytes: () => Promise<Uint8Array | string>, code: ErrorCode][] = [
    ["an empty file", () => Promise.resolve(""), "media_empty"],
    ["text", () => Promise.resolve("no picture"), "media_unsupported"],
    [
      "an SVG, which could name other files",
      () => Promise.resolve('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      "media_unsupported",
    ],
    ["a cut PNG", async () => (await colour().png().toBuffer()).subarray(0, 100), "media_unreadable"],
    ["a cut JPEG", async () => (await colour().jpeg().toBuffer()).subarray(0, 300), "media_unreadable"],
    ["a PNM without pixels", () => Promise.resolve("P6\n40 24\n255\n"), "media_unreadable"],
    ["a PNG that claims to be huge", () => Promise.resolve(hugePng()), "media_too_large"],
  ];
  for (const [name, bytes, code] of faults)
    it(`refuses ${name} as ${code}`, async () => {
      const file = await write(await bytes());
      await assert.rejects(readPicture(file), (error) => isAppError(error, code));
    });

  it("says that a file is missing", () =>
    assert.rejects(readPicture(path.join(folder, "none.png")), (error) =>
      isAppError(error, "media_not_found"),
    ));
});

/** The head of a PNG of 60,000 x 60,000 pixels. */
function hugePng(): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(60_000, 0);
  data.writeUInt32BE(60_000, 4);
  data.set([8, 2, 0, 0, 0], 8);
  const chunk = Buffer.concat([Buffer.from("IHDR"), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(13);
  crc.writeUInt32BE(crc32(chunk) >>> 0);
  const end = Buffer.from("0000000049444154", "hex");
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), length, chunk, crc, end]);
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}
