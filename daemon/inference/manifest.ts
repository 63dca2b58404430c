import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { readUserFile } from "../text/readTextFile.ts";
import {
  modelManifestSchema,
  type LeftOutModel,
  type ModelEntry,
  type ModelManifest,
} from "../../shared/protocol/models.ts";
import { layerModels } from "./userModels.ts";

/** Where networks lie. `Config` is one. */
export interface ModelFolders {
  /** Those that EDIN brings; nothing writes there. */
  readonly modelsDir: string;
  /** Those of the user, over the others; need not be there. */
  readonly userModelsDir?: string | undefined;
}

/** The networks that there are, each of which can be loaded, and those of the user that cannot. */
export interface Manifest extends ModelManifest {
  readonly leftOut: readonly LeftOutModel[];
}

/**
 * The networks of both folders.
 * @throws AppError `model_missing` without the product's manifest, `model_refused` when it is none
 */
export async function readManifest({ modelsDir, userModelsDir }: ModelFolders): Promise<Manifest> {
  const product = await readProductManifest(modelsDir);
  return userModelsDir === undefined ? { ...product, leftOut: [] } : layerModels(product, userModelsDir);
}

/** The folder that the paths of an entry start from. */
export function folderOf({ modelsDir, userModelsDir }: ModelFolders, { origin }: ModelEntry): string {
  return origin === "user" && userModelsDir !== undefined ? userModelsDir : modelsDir;
}

async function readProductManifest(modelsDir: string): Promise<ModelManifest> {
  const file = path.join(modelsDir, "manifest.json");
  let text: string;
  try {
    text = (await readUserFile(file)).toString("utf8");
  } catch (cause) {
    throw new AppError(
      "model_missing",
      `There is no readable ${file}. Install EDIN again, or name the folder that holds the networks.`,
      { cause },
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AppError("model_refused", `${file} is not JSON. Restore it from the release.`, { cause });
  }
  const parsed = modelManifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new AppError(
      "model_refused",
      `${file} is not a manifest: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}. Restore it from the release.`,
    );
  }
  return parsed.data;
}

/**
 * The entry with this id, or the default network of this task.
 *
 * @throws AppError `model_unknown` with the known ids.
 */
export function findEntry(manifest: ModelManifest, idOrTask: string): ModelEntry {
  const entry =
    manifest.models.find((m) => m.id === idOrTask) ??
    manifest.models.find((m) => m.task === idOrTask && m.default);
  if (entry === undefined) {
    const known = manifest.models.map((m) => m.id).join(", ") || "none";
    throw new AppError("model_unknown", `No network or task is called "${idOrTask}". Known: ${known}.`);
  }
  return entry;
}
