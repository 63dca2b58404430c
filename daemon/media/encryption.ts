import { open } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { MediaFile } from "./sniff.ts";

/** An index larger than this is not looked through. */
const maxIndexBytes = 32 * 1024 * 1024;
/** Sample entries of protected tracks: common encryption (ISO/IEC 23001-7), and FairPlay. */
const protectedEntry = /enc[vas]\0{6}|drm[si]\0{6}/;

/**
 * Encrypted pictures decode to noise, which looks like damage.
 * @throws AppError `media_unsupported` for an MP4 or QuickTime file whose tracks are encrypted
 */
export async function refuseEncrypted(
  mediaPath: string,
  { container, sizeBytes }: Pick<MediaFile, "container" | "sizeBytes">,
  name: string,
): Promise<void> {
  if (container !== "mov") return;
  await using file = await open(mediaPath, "r");
  const head = Buffer.alloc(16);
  for (let at = 0; at + 8 <= sizeBytes;) {
    await file.read(head, 0, 16, at);
    const short = head.readUInt32BE(0);
    const told = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    const size = told === 0 ? sizeBytes - at : Math.max(8, told);
    if (head.toString("latin1", 4, 8) !== "moov") {
      at += size;
      continue;
    }
    const index = Buffer.alloc(Math.min(size, sizeBytes - at, maxIndexBytes));
    await file.read(index, 0, index.length, at);
    const text = index.toString("latin1");
    if (text.includes("sinf") && protectedEntry.test(text))
      throw new AppError(
        "media_unsupported",
        `${name} is encrypted (copy protection of a shop or a streaming service). Use a copy without protection, such as the original recording.`,
      );
    return;
  }
}
