import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { AvatarHead } from "./head.ts";
import { readHead } from "./readHead.ts";

const headEndings = [".glb", ".vrm"];
const maxBytes = 100 * 2 ** 20;

/** The cast that comes with EDIN, by name. */
export async function castNames(modelsDir: string): Promise<string[]> {
  const files = await readdir(path.join(modelsDir, "avatars")).catch(() => [] as string[]);
  return files
    .filter((file) => path.extname(file) === ".glb")
    .map((file) => path.basename(file, ".glb"))
    .sort();
}

/**
 * Opens a head of the cast by its name, or a file of one's own by its path.
 * @throws AppError `not_found`, `invalid_path`, `avatar_unusable`, `too_large`
 */
export async function openAvatar(modelsDir: string, nameOrPath: string): Promise<AvatarHead> {
  const ending = path.extname(nameOrPath).toLowerCase();
  const own = headEndings.includes(ending);
  if (!own && !/^[a-z0-9-]+$/.test(nameOrPath))
    throw new AppError(
      "avatar_unusable",
      `${path.basename(nameOrPath)} is no head with blend shapes. Name one of the cast (${(await castNames(modelsDir)).join(", ")}) or a .glb or .vrm file.`,
    );
  const file = own ? path.resolve(nameOrPath) : path.join(modelsDir, "avatars", `${nameOrPath}.glb`);
  const found = await stat(file).catch(() => undefined);
  if (!found)
    throw new AppError(
      "not_found",
      `There is no avatar ${nameOrPath}. The cast is ${(await castNames(modelsDir)).join(", ")}; a path leads to a .glb or .vrm file.`,
    );
  if (!found.isFile())
    throw new AppError("invalid_path", `${nameOrPath} is no file. Name a .glb or .vrm file.`);
  if (found.size > maxBytes)
    throw new AppError(
      "too_large",
      `The avatar ${path.basename(file)} is larger than 100 MB. Export a simpler one.`,
    );
  return readHead(await readFile(file), path.basename(file, path.extname(file)));
}
