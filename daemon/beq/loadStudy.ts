import { stat } from "node:fs/promises";
import { openStudyArchive } from "./studyArchive.ts";
import { openStudyFolder, type StudySource } from "./studySource.ts";

/**
 * Opens a study folder or the archive of a study; undefined when there is nothing of this name.
 * @throws AppError see {@link openStudyFolder} and {@link openStudyArchive}; reading a file of an archive fails when its
 *   hash is not that of the list
 */
export async function loadStudy(file: string): Promise<StudySource | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return undefined;
  return found.isDirectory() ? openStudyFolder(file) : openStudyArchive(file);
}
