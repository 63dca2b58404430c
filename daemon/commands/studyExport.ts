import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { AppError } from "../../shared/errors.ts";
import { getArchive } from "../../shared/protocol/studyArchives.ts";
import type { Calls } from "./daemonCalls.ts";
import { temporaryName } from "../media/temporaryName.ts";

/** Writes the archive of a study, whole or not at all. @throws AppError `disk_full`, `invalid_path` */
export async function exportStudyTo(calls: Calls, study: string, file: string): Promise<void> {
  const part = temporaryName(file);
  try {
    await pipeline(
      await calls.file(getArchive, { study }),
      createWriteStream(part, { flags: "wx", mode: 0o600 }),
    );
    await rename(part, file);
  } catch (cause) {
    await rm(part, { force: true });
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "EISDIR")
      throw new AppError("invalid_path", `${file} cannot be written. Check its folder.`, { cause });
    throw cause;
  }
}
