import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import type { HeadMoves } from "../../shared/avatarText.ts";
import { AppError } from "../../shared/errors.ts";
import { avatarNameSchema } from "../../shared/protocol/avatarSettings.ts";
import type { Models } from "../inference/models.ts";
import { readPicture, type StillPicture } from "../media/picture.ts";
import { makeFolder, writeFileAtomic } from "../store/files.ts";
import { createDetector } from "../vision/detect.ts";
import { cropInto } from "../vision/crop.ts";
import { detectionSize, readFoundFace } from "../vision/faceFinder.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import { pictureFrame } from "./framing.ts";
import {
  checkAvatarFile,
  findAvatar,
  listAvatars,
  readAvatarFile,
  userAvatarsFolder,
  type AvatarEntry,
} from "./library.ts";
import { interleave } from "./planes.ts";
import { readHead } from "./readHead.ts";

/** The last two are told how they become the first. */
const headEndings: readonly string[] = [".glb", ".vrm", ".gltf", ".fbx"];
/** Width and height of a stored picture. */
const storedSize = 256;

export interface ImportAvatarOptions {
  readonly models: Models;
  /** In place of the file's own name. */
  readonly name?: string | undefined;
  /** Takes the place of one of the user's with the same name. */
  readonly replace?: boolean;
}

export interface ImportedAvatar extends AvatarEntry {
  /** Of a head. */
  readonly moves?: HeadMoves;
}

/**
 * Takes a head (`.glb`, `.vrm`) or a picture with one face into the user's avatars, after every check. Of a picture only the
 * face's part is kept, framed as drawn heads are.
 * @throws AppError `avatar_unusable`, `conflict`, `invalid_path`, `invalid_request`, `not_found`, `too_large`, and of readPicture
 */
export async function importAvatar(
  file: string,
  { models, name = nameOf(file), replace = false }: ImportAvatarOptions,
): Promise<ImportedAvatar> {
  const folder = userAvatarsFolder(models.folders);
  if (folder === undefined)
    throw new AppError("invalid_request", "There is no data folder to keep avatars in. Set --data-dir.");
  const checked = avatarNameSchema.safeParse(name);
  if (!checked.success) throw new AppError("invalid_request", `--name: ${checked.error.issues[0]!.message}`);
  const same = (await listAvatars(models.folders)).find((entry) => entry.name === name);
  if (same?.origin === "product")
    throw new AppError("conflict", `EDIN's cast has an avatar ${name} already. Give another --name.`);
  if (same && !replace)
    throw new AppError("conflict", `You have an avatar ${name} already. Give another --name, or --replace.`);
  const head = headEndings.includes(path.extname(file).toLowerCase()) ? await checkedHead(file) : undefined;
  const bytes = head?.bytes ?? (await framedPicture(file, models));
  await makeFolder(folder);
  await writeFileAtomic(path.join(folder, `${name}${head ? ".glb" : ".png"}`), bytes);
  // One of another kind with the same name would hide it.
  await rm(path.join(folder, `${name}${head ? ".png" : ".glb"}`), { force: true });
  return { ...(await findAvatar(models.folders, name)), ...(head && { moves: head.moves }) };
}

/** An avatar by its name, or by the path of a file, which is imported unless it was before. */
export async function avatarNamed(nameOrPath: string, models: Models): Promise<string> {
  if (avatarNameSchema.safeParse(nameOrPath).success) return nameOrPath;
  return (await avatarOfFile(path.resolve(nameOrPath), models)).name;
}

/** The avatar of a file, which is imported unless it was before: its name tells its contents apart. */
export async function avatarOfFile(file: string, models: Models): Promise<ImportedAvatar> {
  const hash = createHash("sha256")
    .update(await readAvatarFile(file))
    .digest("hex")
    .slice(0, 8);
  const name = `${nameOf(file).slice(0, 40)}-${hash}`;
  const before = (await listAvatars(models.folders)).find((entry) => entry.name === name);
  return before ?? importAvatar(file, { models, name });
}

/** Takes one of the user's avatars away. @throws AppError `not_found`, `conflict` */
export async function removeAvatar(models: Pick<Models, "folders">, name: string): Promise<void> {
  const { origin, file } = await findAvatar(models.folders, name);
  if (origin !== "user") throw new AppError("conflict", `${name} belongs to EDIN's cast and stays.`);
  await rm(file);
}

/** A file's name as one of an avatar. */
function nameOf(file: string): string {
  const name = path
    .parse(file)
    .name.normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "avatar" : name;
}

async function checkedHead(file: string) {
  const bytes = await readAvatarFile(file);
  const { shapes, standIns } = await readHead(bytes, path.parse(file).name);
  return { bytes, moves: { shapes: shapes.size, standIns: standIns.size } };
}

async function framedPicture(file: string, models: Models): Promise<Uint8Array> {
  await checkAvatarFile(file);
  const looked = await readPicture(file, { atMost: detectionSize });
  const found = pictureFrame(await onlyFace(looked, path.basename(file), models));
  // Scaled so that about one of its pixels makes one that is stored: sampling a larger one would skip some.
  const share = Math.min(1, storedSize / found.side);
  const size = Math.ceil(share * Math.max(looked.width, looked.height));
  const picture = await readPicture(file, { atMost: { width: size, height: size, fit: "inside" } });
  const k = picture.width / looked.width;
  const crop = { ...found, cx: k * found.cx, cy: k * found.cy, side: k * found.side };
  const out = new Float32Array(3 * storedSize * storedSize);
  cropInto(picture, crop, storedSize, storedSize, out, 0, { grey: false });
  const rgb = new Uint8Array(out.length);
  interleave(out, rgb);
  return sharp(rgb, { raw: { width: storedSize, height: storedSize, channels: 3 } })
    .png()
    .toBuffer();
}

async function onlyFace(picture: StillPicture, name: string, models: Models) {
  const unusable = (why: string) => new AppError("avatar_unusable", `${name} cannot be an avatar: ${why}`);
  const found = await createDetector(await models.load("face")).detect(picture);
  if (found.length === 0)
    throw unusable("no face was found in it. Take a picture of one face, seen from the front.");
  if (found.length > 1) throw unusable(`there are ${found.length} faces in it. Cut it to one.`);
  const landmarker = createLandmarker(await models.load("landmarks"));
  const face = await readFoundFace(landmarker, picture, found[0]!.square);
  if (face) return face.square;
  throw unusable("its face is not seen well. Take one from the front, with the whole face in it.");
}
