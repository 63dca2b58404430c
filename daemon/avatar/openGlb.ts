import { WebIO, type Document } from "@gltf-transform/core";
import {
  EXTMeshoptCompression,
  EXTTextureWebP,
  KHRMaterialsUnlit,
  KHRMeshQuantization,
  KHRTextureTransform,
} from "@gltf-transform/extensions";
import { MeshoptDecoder } from "meshoptimizer";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { OwnMeasures } from "./headLook.ts";

/** A glTF binary as it was read. */
export interface OpenedGlb {
  readonly document: Document;
  /** What EDIN's own files say of themselves. */
  readonly own: OwnMeasures | undefined;
  /** The file's `extensions`, of which the document keeps only those that it knows. Not checked. */
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** @param why what is the matter, and what to do; the name stands before it and a full stop behind it */
export const unusable = (name: string, why: string, cause?: unknown): AppError =>
  new AppError("avatar_unusable", `The avatar ${name} cannot be used: ${why}.`, { cause });

/** Opens a glTF binary; nothing outside it is read. @throws AppError `avatar_unusable`, which says what to do */
export async function openGlb(bytes: Uint8Array, name: string): Promise<OpenedGlb> {
  const other = otherContent(bytes);
  if (other !== undefined) throw unusable(name, other);
  try {
    await MeshoptDecoder.ready;
    const io = new WebIO()
      .registerExtensions([
        EXTMeshoptCompression,
        EXTTextureWebP,
        KHRMaterialsUnlit,
        KHRMeshQuantization,
        KHRTextureTransform,
      ])
      .registerDependencies({ "meshopt.decoder": MeshoptDecoder });
    io.setLogger(silent);
    const json = await io.binaryToJSON(bytes);
    for (const [extension, why] of Object.entries(unread))
      if (json.json.extensionsRequired?.includes(extension)) throw unusable(name, why);
    // What the file has in itself as text has become a resource by now.
    for (const { uri } of [...(json.json.buffers ?? []), ...(json.json.images ?? [])])
      if (uri !== undefined && !Object.hasOwn(json.resources, uri))
        throw unusable(name, `it refers to another file (${uri.slice(0, 80)}). Export it as one file (.glb)`);
    const extras = json.json.asset.extras as { edin?: OwnMeasures } | undefined;
    return {
      document: await io.readJSON(json),
      own: extras?.edin,
      extensions: json.json.extensions ?? {},
    };
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw unusable(name, `${damaged}, without Draco compression`, cause);
  }
}

const damaged = "it is no glTF binary (.glb, .vrm) that EDIN reads, or it is damaged. Export it again";
const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** What files are packed with that is not unpacked here, and what to do. */
const unread: Readonly<Record<string, string>> = {
  KHR_draco_mesh_compression:
    "its mesh is compressed with Draco. Export it without compression (in Blender: untick Compression)",
  KHR_texture_basisu:
    "its pictures are packed for graphics cards (KTX2, Basis Universal). Export it with PNG, JPEG or WebP pictures",
  EXT_texture_avif: "its pictures are AVIF. Export it with PNG, JPEG or WebP pictures",
};

/** What a file is that is no glTF binary, or that ends too early, and what to do. */
function otherContent(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "the file is empty. Get it again";
  const start = new TextDecoder().decode(bytes.subarray(0, 512)).trimStart();
  if (/^<(!doctype|html|head|\?xml)/i.test(start))
    return "it is a web page: the page about the file was saved instead of the file. Download the file itself";
  if (start.startsWith("version https://git-lfs"))
    return "it is the note that Git LFS leaves in place of a large file. Get the file with `git lfs pull`";
  if (start.startsWith("{")) return "it is glTF as text (.gltf). Export it as one binary file (.glb)";
  if (start.startsWith("Kaydara FBX")) return "it is FBX. Export it as glTF binary (.glb)";
  if (!start.startsWith("glTF") || bytes.length < 12) return damaged;
  // A file that was cut short would be read as if zeros followed.
  const stated = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(8, true);
  return stated > bytes.length
    ? `it is cut short: ${bytes.length} of ${stated} bytes are there. Get it again`
    : undefined;
}
