import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import { hasExternalData } from "./onnxFile.ts";

/**
 * The bytes of an entry's ONNX file, after every check: inside `modelsDir`, no link on the way, size and hash as the
 * manifest says, no reference to other files. The session is made from these very bytes, so that nothing can be put in
 * their place in between.
 *
 * @throws AppError `model_missing`, `model_changed` or `model_refused`.
 */
export async function readModelFile(modelsDir: string, entry: ModelEntry): Promise<Uint8Array> {
  const bytes = await readInside(modelsDir, entry.file);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (bytes.length !== entry.bytes || sha256 !== entry.sha256) {
    throw new AppError(
      "model_changed",
      `${entry.file} is not the file that the manifest names (SHA-256 ${sha256.slice(0, 12)}…). Restore it from the release.`,
    );
  }
  refuseExternalData(bytes, entry.file);
  return bytes;
}

/**
 * A file of `modelsDir` by its relative path.
 *
 * @throws AppError `model_refused` for a path that leaves the folder or goes through a link, `model_missing`.
 */
export async function readInside(modelsDir: string, relative: string): Promise<Uint8Array> {
  const refused = (why: string, cause?: unknown) =>
    new AppError("model_refused", `${relative}: ${why}. Restore it from the release.`, { cause });
  if (relative.includes("\0") || path.isAbsolute(relative) || /(^|[\\/])\.\.([\\/]|$)/.test(relative))
    throw refused("a network must lie in the folder of the manifest");
  let wanted: string;
  let real: string;
  try {
    wanted = path.join(await realpath(modelsDir), relative);
    real = await realpath(wanted);
  } catch (cause) {
    throw new AppError("model_missing", `${relative} is missing from ${modelsDir}. Install EDIN again.`, {
      cause,
    });
  }
  if (real !== wanted) throw refused("a network may not be reached through a link");
  // Not blocking: opening a pipe would wait for somebody to write into it. Windows has no such flag, and no such files.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await open(real, flags).catch((cause: unknown) => {
    throw refused("it cannot be opened as a file", cause);
  });
  if (!(await file.stat()).isFile()) throw refused("not a file");
  return await file.readFile();
}

/** @throws AppError `model_refused` when the ONNX file is malformed or would open other files. */
function refuseExternalData(bytes: Uint8Array, name: string): void {
  let external: boolean;
  try {
    external = hasExternalData(bytes);
  } catch (cause) {
    throw new AppError("model_refused", `${name} is not an ONNX file. Restore it from the release.`, {
      cause,
    });
  }
  if (external) {
    throw new AppError(
      "model_refused",
      `${name} keeps numbers in other files, which EDIN does not open. Save it as one file.`,
    );
  }
}
