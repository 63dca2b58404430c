import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { AppError } from "../../shared/errors.ts";
import type { ModelFolders } from "../inference/manifest.ts";
import type { AvatarHead } from "../../shared/avatar/head.ts";
import type { AvatarPicture } from "./imageAnimation.ts";
import { readHead } from "./readHead.ts";

/** Files larger than this are no avatars. */
export const maxAvatarBytes = 100 * 2 ** 20;

/** An avatar that there is. */
export interface AvatarEntry {
  readonly name: string;
  /** A head with blend shapes, which both engines take, or a picture, which only image animation can move. */
  readonly kind: "head" | "picture";
  readonly origin: "product" | "user";
  readonly file: string;
}

const kinds: Readonly<Record<string, AvatarEntry["kind"]>> = { ".glb": "head", ".png": "picture" };

/** Where the user's avatars lie; undefined where nobody has a folder for them. */
export function userAvatarsFolder({ userModelsDir }: ModelFolders): string | undefined {
  return userModelsDir === undefined ? undefined : path.join(userModelsDir, "avatars");
}

/** EDIN's cast and then the user's own avatars, by name. */
export async function listAvatars(folders: ModelFolders): Promise<AvatarEntry[]> {
  const own = userAvatarsFolder(folders);
  return [
    ...(await entriesOf(path.join(folders.modelsDir, "avatars"), "product")),
    ...(own === undefined ? [] : await entriesOf(own, "user")),
  ];
}

async function entriesOf(folder: string, origin: AvatarEntry["origin"]): Promise<AvatarEntry[]> {
  const files = await readdir(folder).catch(() => [] as string[]);
  return files.sort().flatMap((file) => {
    const { name, ext } = path.parse(file);
    const kind = kinds[ext];
    return kind === undefined || name.startsWith(".")
      ? []
      : [{ name, kind, origin, file: path.join(folder, file) }];
  });
}

/** The avatar of this name. @throws AppError `not_found` */
export async function findAvatar(folders: ModelFolders, name: string): Promise<AvatarEntry> {
  const all = await listAvatars(folders);
  const found = all.find((entry) => entry.name === name);
  if (found) return found;
  throw new AppError(
    "not_found",
    `There is no avatar ${name}. There are ${all.map((entry) => entry.name).join(", ")}; \`edin avatars import FILE\` adds one of your own.`,
  );
}

/** The cast from one avatar on, and round again; one of the user's own comes before the whole cast. */
export async function avatarsFrom(folders: ModelFolders, first: string): Promise<AvatarEntry[]> {
  const found = await findAvatar(folders, first);
  const cast = (await listAvatars(folders)).filter(({ origin }) => origin === "product");
  const at = cast.findIndex(({ name }) => name === first);
  return at < 0 ? [found, ...cast] : [...cast.slice(at), ...cast.slice(0, at)];
}

/** @throws AppError `avatar_unusable`, `invalid_path`, `too_large` */
export async function openHead({ name, kind, file }: AvatarEntry): Promise<AvatarHead> {
  if (kind !== "head")
    throw new AppError(
      "avatar_unusable",
      `The avatar ${name} is a picture and has no blend shapes. Choose the engine fomm, which moves pictures.`,
    );
  return readHead(await readAvatarFile(file), name);
}

/** @throws AppError `avatar_unusable`, `invalid_path`, `too_large` */
export async function openPicture({ name, file }: AvatarEntry): Promise<AvatarPicture> {
  const bytes = await readAvatarFile(file);
  try {
    const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    if (info.width === info.height && info.channels === 3) return { name, size: info.width, rgb: data };
  } catch (cause) {
    throw damaged(name, cause);
  }
  throw damaged(name);
}

const damaged = (name: string, cause?: unknown): AppError =>
  new AppError("avatar_unusable", `The avatar ${name} is damaged. Remove it and import it again.`, { cause });

/** A file that may be read whole: a regular one that is not too large. @throws AppError `not_found`, `invalid_path`, `too_large` */
export async function checkAvatarFile(file: string): Promise<void> {
  const name = path.basename(file);
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new AppError("not_found", `There is no file ${name}. Check the path.`);
  if (!found.isFile())
    throw new AppError("invalid_path", `${name} is no file. Name a .glb, a .vrm or a picture.`);
  if (found.size > maxAvatarBytes)
    throw new AppError("too_large", `The avatar ${name} is larger than 100 MB. Export a simpler one.`);
}

/** The bytes of such a file. @throws AppError as {@link checkAvatarFile} */
export async function readAvatarFile(file: string): Promise<Uint8Array> {
  await checkAvatarFile(file);
  return readFile(file);
}
