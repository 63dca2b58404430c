import { readFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { modelManifestSchema, type ModelEntry, type ModelManifest } from "../../shared/protocol/models.ts";

/**
 * The list of networks in `modelsDir/manifest.json`.
 *
 * @throws AppError `model_missing` without the file, `model_refused` when it is not a manifest.
 */
export async function readManifest(modelsDir: string): Promise<ModelManifest> {
  const file = path.join(modelsDir, "manifest.json");
  let text: string;
  try {
    text = await readFile(file, "utf8");
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
