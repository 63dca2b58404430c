import { open } from "node:fs/promises";
import { readElementHead } from "./ebml.ts";
import type { Container, MediaFile } from "./sniff.ts";

/** A file of more parts, boxes or chunks than this is not walked to its end. */
const maxSteps = 200_000;
const bytesAtOnce = 1 << 20;

type ReadAt = (at: number, bytes: number) => Promise<Buffer>;
/** Where the next part of a file begins, and whether one begins here that starts a file. */
type Walk = (
  head: Buffer,
  sizeBytes: number,
  at: number,
) => { readonly next: number; readonly starts: boolean };

/**
 * How many files of one kind stand one behind another in this one (`cat a.mp4 b.mp4 > both.mp4`), of kinds of which ffmpeg
 * reads the first only, or the sound of the first. Fewer than 2 where it is what it seems.
 */
export async function countJoinedFiles(
  mediaPath: string,
  { container, sizeBytes }: Pick<MediaFile, "container" | "sizeBytes">,
): Promise<number> {
  const [walk, mark] = [walks[container], marks[container]];
  if (walk === undefined && mark === undefined) return 1;
  await using file = await open(mediaPath, "r");
  const readAt: ReadAt = async (at, bytes) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
    return buffer.subarray(0, bytesRead);
  };
  return walk === undefined
    ? await countMarks(mark!, readAt, sizeBytes)
    : await countStarts(walk, readAt, sizeBytes);
}

async function countStarts(walk: Walk, readAt: ReadAt, sizeBytes: number): Promise<number> {
  let at = 0;
  let found = 0;
  for (let n = 0; n < maxSteps && at + 8 <= sizeBytes; n++) {
    const head = await readAt(at, 32);
    const { next, starts } = walk(head, sizeBytes, at);
    if (starts) found++;
    if (!(next > at)) break;
    at = next;
  }
  return found;
}

async function countMarks(mark: Buffer, readAt: ReadAt, sizeBytes: number): Promise<number> {
  let found = 0;
  for (let at = 0; at < sizeBytes; at += bytesAtOnce) {
    // A mark may lie across two pieces.
    const piece = await readAt(at, bytesAtOnce + mark.length - 1);
    for (let i = piece.indexOf(mark); i >= 0; i = piece.indexOf(mark, i + 1)) found++;
  }
  return found;
}

const text = (head: Buffer, from: number, to: number): string => head.toString("latin1", from, to);

/** ISO/IEC 14496-12, 4.2: a size of 1 is told behind the type, 0 is the rest of the file. Each file has one index. */
const boxes: Walk = (head, sizeBytes, at) => {
  const size = head.readUInt32BE(0);
  const long = size === 1 && head.length >= 16 ? Number(head.readBigUInt64BE(8)) : size;
  return { next: size === 0 ? sizeBytes : at + Math.max(8, long), starts: text(head, 4, 8) === "moov" };
};

/** IFF 85 (AIFF): the outer chunk is the file. */
const iff: Walk = (head, _, at) => {
  const size = head.readUInt32BE(4);
  return { next: at + 8 + size + (size & 1), starts: text(head, 0, 4) === "FORM" };
};

/** ASF 1.2, 2.1: objects of a GUID and a size; each file has one header object. */
const asfHeader = Buffer.from("3026b2758e66cf11", "hex");
const objects: Walk = (head, _, at) => ({
  next: head.length >= 24 ? at + Number(head.readBigUInt64LE(16)) : 0,
  starts: head.subarray(0, 8).equals(asfHeader),
});

/** Core Audio Format 1.0: `caff` with version and flags, then chunks; -1 is the rest of the file. */
const chunks: Walk = (head, sizeBytes, at) => {
  if (text(head, 0, 4) === "caff") return { next: at + 8, starts: true };
  const size = head.length >= 12 ? Number(head.readBigInt64BE(4)) : -1;
  return { next: size < 0 ? sizeBytes : at + 12 + size, starts: false };
};

/** A segment of unknown size (a live recording) is the rest of the file. */
const elements: Walk = (bytes, sizeBytes, at) => {
  const head = readElementHead(bytes);
  if (head === undefined) return { next: 0, starts: false };
  const next = head.size === undefined ? sizeBytes : at + head.dataAt + head.size;
  return { next, starts: head.id === 0x1a45dfa3 };
};

const walks: Partial<Record<Container, Walk>> = {
  mov: boxes,
  aiff: iff,
  asf: objects,
  caf: chunks,
  matroska: elements,
};

/** Files without sizes that lead on, by what each begins with. */
const marks: Partial<Record<Container, Buffer>> = {
  flac: Buffer.from("fLaC\0\0\0\x22", "latin1"),
  flv: Buffer.from("FLV\x01", "latin1"),
};
