import { open } from "node:fs/promises";
import { readElementHead } from "./ebml.ts";
import type { MediaFile } from "./sniff.ts";

/** Elements of Matroska (RFC 9559) that say that a file is not played from its beginning to its end. */
const ids = {
  segment: 0x18538067,
  info: 0x1549a966,
  chapters: 0x1043a770,
  edition: 0x45b9,
  isOrdered: 0x45dd,
  chapter: 0xb6,
  chapterSegment: 0x6e67,
  previous: 0x3cb923,
  next: 0x3eb923,
} as const;

/** More parts than these are not walked through. */
const maxSteps = 20_000;
const maxContentBytes = 4 * 1024 * 1024;
/** What may hold such an element, one within another. */
const holders: readonly number[] = [ids.edition, ids.chapter];
const maxDepth = 8;

/** How players show a Matroska file, where that is not as it is stored. */
export interface MatroskaParts {
  /** Chapters say what is shown and in which order, possibly out of other files. */
  readonly orderedChapters: boolean;
  /** It is one of several files that are shown as one. */
  readonly linked: boolean;
}

/** Reads what no decoder here follows: ffmpeg reads a Matroska file from its beginning to its end. */
export async function readMatroskaParts(
  mediaPath: string,
  { container, sizeBytes }: Pick<MediaFile, "container" | "sizeBytes">,
): Promise<MatroskaParts> {
  const found = { orderedChapters: false, linked: false };
  if (container !== "matroska") return found;
  await using file = await open(mediaPath, "r");
  const read = async (at: number, bytes: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, at);
    return buffer.subarray(0, bytesRead);
  };
  let at = 0;
  for (let n = 0; n < maxSteps && at < sizeBytes; n++) {
    const head = readElementHead(await read(at, 12));
    if (head === undefined) break;
    const { id, dataAt, size } = head;
    if (id === ids.info || id === ids.chapters)
      look(await read(at + dataAt, Math.min(size ?? maxContentBytes, maxContentBytes)), found);
    if (id === ids.segment) at += dataAt;
    else if (size === undefined) break;
    else at += dataAt + size;
  }
  return found;
}

function look(content: Buffer, found: { orderedChapters: boolean; linked: boolean }, depth = 0): void {
  for (let at = 0; at < content.length;) {
    const head = readElementHead(content, at);
    if (head === undefined) return;
    const { id, dataAt, size = content.length - dataAt } = head;
    const own = content.subarray(dataAt, dataAt + size);
    if (holders.includes(id) && depth < maxDepth) look(own, found, depth + 1);
    else if (id === ids.isOrdered) found.orderedChapters ||= own.some((byte) => byte !== 0);
    else if (id === ids.chapterSegment || id === ids.previous || id === ids.next) found.linked = true;
    at = dataAt + size;
  }
}
