import path from "node:path";
import { AppError } from "../../shared/errors.ts";

const noRoom = /No space left on device|Disk quota exceeded/;
const noPlace =
  /: (?:Permission denied|Operation not permitted|Read-only file system|No such file or directory|Not a directory)/;

/**
 * The failure of an ffmpeg that could not write its file, by its words; undefined where something else was wrong.
 * @param target the file that is made
 * @param temporary the name under which ffmpeg writes it
 */
export function writeFailure(target: string, temporary: string, words: string): AppError | undefined {
  const cause = new Error(words);
  if (noRoom.test(words))
    return new AppError("disk_full", `No room to write ${target}. Free some space and try again.`, { cause });
  const said = words.split("\n").some((line) => line.includes(temporary) && noPlace.test(line));
  return said
    ? new AppError(
        "invalid_path",
        `${path.basename(target)} cannot be written to ${path.dirname(target)}. Choose another place.`,
        { cause },
      )
    : undefined;
}
