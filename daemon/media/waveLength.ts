import type { FileHandle } from "node:fs/promises";

/** Chunks looked at before a file is taken as it says. */
const maxChunks = 200;

/**
 * Whether the `data` chunk of a WAV file is longer than its header says: recorders that lost power and services that stream
 * leave a size of zero or a placeholder, and files joined by `cat` go on with a header of their own. ffmpeg then has to
 * be told to read to the end; it must not be told so where other chunks follow, which would be heard.
 */
export async function isWaveLengthWrong(file: FileHandle, sizeBytes: number): Promise<boolean> {
  const head = Buffer.alloc(8);
  let at = 12;
  for (let n = 0; n < maxChunks && at + 8 <= sizeBytes; n++) {
    await file.read(head, 0, 8, at);
    const id = head.toString("latin1", 0, 4);
    const length = head.readUInt32LE(4);
    const next = at + 8 + length + (length & 1);
    if (id === "data")
      return length === 0 || next > sizeBytes + 1 || !(await endsWell(file, next, sizeBytes));
    at = next;
  }
  return false;
}

/** What follows the sound is nothing, a few bytes of padding, or chunks that fit into the file. */
async function endsWell(file: FileHandle, from: number, sizeBytes: number): Promise<boolean> {
  if (from + 8 > sizeBytes) return true;
  const head = Buffer.alloc(8);
  await file.read(head, 0, 8, from);
  if (head.every((byte) => byte === 0)) return await isPadding(file, from, sizeBytes);
  const id = head.toString("latin1", 0, 4);
  return /^[\x20-\x7e]{4}$/.test(id) && id !== "RIFF" && from + 8 + head.readUInt32LE(4) <= sizeBytes + 1;
}

/** Zeros to the end of a small rest: digital silence would be longer. */
async function isPadding(file: FileHandle, from: number, sizeBytes: number): Promise<boolean> {
  const maxBytes = 64 * 1024;
  if (sizeBytes - from > maxBytes) return false;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, from);
  return buffer.subarray(0, bytesRead).every((byte) => byte === 0);
}
