import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { isAppError } from "../../shared/errors.ts";
import { readUserFile } from "../text/readTextFile.ts";
import {
  modelManifestSchema,
  type LeftOutModel,
  type ModelEntry,
  type ModelManifest,
} from "../../shared/protocol/models.ts";
import { hasExternalData } from "./onnxFile.ts";
import { readInside } from "./modelFile.ts";

/** The networks of the user: `<data folder>/models`, laid out as the product's folder, with the defaults that were chosen. */
export async function readUserManifest(dir: string): Promise<ModelManifest> {
  const file = path.join(dir, "manifest.json");
  const isThere = await stat(file).then(
    () => true,
    (error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return false;
      throw error;
    },
  );
  if (!isThere) return { version: 1, models: [] };
  return modelManifestSchema.parse(JSON.parse((await readUserFile(file)).toString("utf8")));
}

/**
 * Lays the user's networks over those of the product. What cannot be loaded is left out and told, and a default that was
 * chosen counts as long as its network is there.
 */
export async function layerModels(
  product: ModelManifest,
  userDir: string,
): Promise<ModelManifest & { leftOut: LeftOutModel[] }> {
  const leftOut: LeftOutModel[] = [];
  let user: ModelManifest;
  try {
    user = await readUserManifest(userDir);
  } catch {
    user = { version: 1, models: [] };
    const reason = `${path.join(userDir, "manifest.json")} cannot be read. Remove it and import your networks again.`;
    leftOut.push({ id: "*", reason });
  }
  const models: ModelEntry[] = product.models.map((entry) => ({ ...entry, origin: "product" }));
  for (const entry of user.models) {
    const reason = models.some(({ id }) => id === entry.id)
      ? "EDIN brings a network of this id. Import yours again under another id."
      : await faultOf(userDir, entry);
    if (reason === undefined) models.push({ ...entry, default: false, origin: "user" });
    else leftOut.push({ id: entry.id, reason });
  }
  const isDefault = ({ id, task, default: ofProduct }: ModelEntry): boolean => {
    const chosen = user.defaults?.[task];
    const there = models.some((model) => model.id === chosen && model.task === task);
    return there ? id === chosen : ofProduct;
  };
  const fitted = (entry: ModelEntry) => {
    const calibration = user.calibrations?.[entry.id];
    // A network of the same id that was put in its place is another one.
    return calibration?.sha256 === entry.sha256 ? { calibration } : {};
  };
  return {
    version: 1,
    models: models.map((m) => ({ ...m, default: isDefault(m), ...fitted(m) })),
    leftOut,
  };
}

/** Files that were read once and are as they were: networks may be large, and a list is asked for often. */
const known = new Map<string, { stamp: string; sha256: string; external: boolean }>();

/** Why a network of the user cannot be loaded; undefined when it can. */
async function faultOf(dir: string, entry: ModelEntry): Promise<string | undefined> {
  try {
    for (const file of [entry.card, entry.figures, entry.check]) await readInside(dir, file);
    const file = path.join(dir, entry.file);
    const { mtimeMs, size, ino } = await stat(file);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    let found = known.get(file);
    if (found?.stamp !== stamp) {
      const bytes = await readInside(dir, entry.file);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      found = { stamp, sha256, external: hasExternalData(bytes) };
      known.set(file, found);
    }
    if (found.sha256 === entry.sha256 && !found.external) return undefined;
    return "Its file was changed since it was imported. Import it again.";
  } catch (error) {
    const message = isAppError(error) || error instanceof Error ? error.message : String(error);
    return `It cannot be read (${message}). Import it again.`;
  }
}
