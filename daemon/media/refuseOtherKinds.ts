import { stat } from "node:fs/promises";
import path from "node:path";
import { noFile } from "./noFile.ts";

/**
 * Refuses what can be no clip, whatever stands in it, in the moment when it is named: a folder without pictures, a pipe, a
 * socket, a device. What is not there is somebody else's to tell.
 * @throws AppError `media_unsupported`, `media_unreadable`, `too_large`
 */
export async function refuseOtherKinds(mediaPath: string): Promise<void> {
  const found = await stat(mediaPath).catch(() => undefined);
  if (found?.isDirectory()) {
    const { listPictures } = await import("./pictures.ts");
    await listPictures(mediaPath);
  } else if (found?.isFile() === false) throw noFile(path.basename(mediaPath));
}
