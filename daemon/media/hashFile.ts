import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/**
 * SHA-256 of a file, in hexadecimal.
 * @param onBytes is told how many more bytes were read
 * @throws the signal's reason on abort, and what reading throws
 */
export async function hashFile(
  file: string,
  signal?: AbortSignal,
  onBytes?: (count: number) => void,
): Promise<string> {
  const hash = createHash("sha256");
  const source = createReadStream(file);
  if (onBytes) source.on("data", (piece) => onBytes(piece.length));
  await pipeline(source, hash, { ...(signal && { signal }) });
  return hash.digest("hex");
}
