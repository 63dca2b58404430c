import { stat } from "node:fs/promises";

/** Whether there is a file or folder of this name; a link that leads nowhere is none. */
export function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Whether an error says that a file or folder is not there. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

/** For `.catch`: of a folder that is not there, no entries. */
export function noEntries(error: unknown): [] {
  if (isMissing(error)) return [];
  throw error;
}
