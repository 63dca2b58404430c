/**
 * The least of Matroska: a stream of raw pictures and sound with their times, for ffmpeg's standard input. Raw pipes carry
 * no times and one kind of data each; this carries both at the price of a few bytes a frame.
 * Source: RFC 8794 (EBML) and RFC 9559 (Matroska).
 */

/** Nanoseconds a tick: times are written to a tenth of a millisecond. */
const tickNs = 100_000;
const ticksPerMs = 1e6 / tickNs;

const videoTrack = 1;
const audioTrack = 2;

export interface StreamContent {
  /** Of pictures in planar YUV 4:2:0, pixels. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
  /** Of 16 bit mono sound. */
  readonly sampleRateHz?: number | undefined;
}

/** What a stream begins with. */
export function streamHeader({ size, sampleRateHz }: StreamContent): Buffer {
  const video =
    size === undefined
      ? []
      : [
          element(
            0xae,
            unsigned(0xd7, videoTrack),
            unsigned(0x73c5, videoTrack),
            unsigned(0x83, 1),
            text(0x86, "V_UNCOMPRESSED"),
            element(0xe0, unsigned(0xb0, size.width), unsigned(0xba, size.height), text(0x2eb524, "I420")),
          ),
        ];
  const audio =
    sampleRateHz === undefined
      ? []
      : [
          element(
            0xae,
            unsigned(0xd7, audioTrack),
            unsigned(0x73c5, audioTrack),
            unsigned(0x83, 2),
            text(0x86, "A_PCM/INT/LIT"),
            element(0xe1, float(0xb5, sampleRateHz), unsigned(0x9f, 1), unsigned(0x6264, 16)),
          ),
        ];
  return Buffer.concat([
    element(0x1a45dfa3, text(0x4282, "matroska"), unsigned(0x4287, 4), unsigned(0x4285, 2)),
    unending(0x18538067),
    element(0x1549a966, unsigned(0x2ad7b1, tickNs), text(0x4d80, "EDIN"), text(0x5741, "EDIN")),
    element(0x1654ae6b, ...video, ...audio),
  ]);
}

/** What stands before the bytes of a picture (planar YUV 4:2:0) at a time. */
export function pictureHead(timeMs: number, bytes: number): Buffer {
  return blockHead(videoTrack, timeMs, bytes);
}

/** What stands before samples, the first of them at a time. */
export function soundHead(timeMs: number, bytes: number): Buffer {
  return blockHead(audioTrack, timeMs, bytes);
}

/** A cluster of one block: its own time is 0 within the cluster's. */
function blockHead(track: number, timeMs: number, bytes: number): Buffer {
  const time = unsigned(0xe7, Math.max(0, Math.round(timeMs * ticksPerMs)));
  const block = Buffer.from([0x80 | track, 0, 0, 0x80]);
  const blockSize = sized(0xa3, block.length + bytes);
  const cluster = sized(0x1f43b675, time.length + blockSize.length + block.length + bytes);
  return Buffer.concat([cluster, time, blockSize, block]);
}

function element(id: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([sized(id, body.length), body]);
}

/** Id and size, the size always in eight bytes. */
function sized(id: number, size: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64BE((1n << 56n) | BigInt(size));
  return Buffer.concat([idBytes(id), head]);
}

function unending(id: number): Buffer {
  return Buffer.concat([idBytes(id), Buffer.from("01ffffffffffffff", "hex")]);
}

function idBytes(id: number): Buffer {
  const hex = id.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
}

function unsigned(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(id, bytes);
}

function float(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(id, bytes);
}

function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value));
}
