import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import { decodeText, type DecodedText } from "./decodeText.ts";

/** Of any text file that a user gives. */
const maxBytes = 20_000_000;

/** The bytes of a regular file of a user's. @throws AppError `invalid_path` for what is none, `too_large` */
export async function readUserFile(file: string, most = maxBytes): Promise<Buffer> {
  // Without waiting for whoever writes into a pipe.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw new AppError("invalid_path", `${file} cannot be read. Check its name.`, { cause });
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new AppError("invalid_path", `${file} is no file. Check its name.`);
    if (found.size > most)
      throw new AppError("too_large", `${file} is larger than ${most / 1e6} MB. Give a smaller file.`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** The text of a user's file. @throws AppError as {@link readUserFile}; `invalid_text` that names the file */
export async function readTextFile(file: string): Promise<DecodedText> {
  const bytes = await readUserFile(file);
  try {
    return decodeText(bytes);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${file}: ${error.message}`, { cause: error });
  }
}
