import { randomUUID } from "node:crypto";
import { copyFile, lstat, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AppError, isAppError } from "../../shared/errors.ts";
import { modelManifestSchema, taskSchema, type ModelEntry } from "../../shared/protocol/models.ts";
import { storedCheckSchema, tensorOf } from "../inference/check.ts";
import { readManifest, type ModelFolders } from "../inference/manifest.ts";
import { readInside } from "../inference/modelFile.ts";
import { openModels } from "../inference/models.ts";
import { verifyModels } from "../inference/verify.ts";
import { makeFolder, writeFileAtomic } from "../store/files.ts";
import { checkFaults, contractFaults } from "./contract.ts";
import { tryReader } from "./trial.ts";
import { changeUserModels, type UserFolders } from "./userLibrary.ts";

/** Largest network that is taken, and largest file beside it (card, figures, check, pictures of the card). */
const maxModelBytes = 1_000_000_000;
const maxFileBytes = 50_000_000;

/**
 * Takes the networks of a folder into the user's own: `manifest.json` lists them with card, labels, preprocessing and stored
 * check, as models/README.md says. Each is copied aside, checked there in every way that the product would meet, and only
 * then offered; all of the folder or none.
 * @param options replace: networks of the user with the same id go.
 * @throws AppError `model_missing`, `model_refused` with every reason, `conflict` for an id that is taken
 */
export async function importModels(
  folders: UserFolders,
  source: string,
  { replace = false, signal }: { replace?: boolean; signal?: AbortSignal } = {},
): Promise<ModelEntry[]> {
  const offered = await readOffer(source);
  const { models: there } = await readManifest(folders);
  for (const entry of offered) refuseTaken(there, entry, replace);
  await makeFolder(folders.userModelsDir);
  const aside = path.join(folders.userModelsDir, `.import-${randomUUID()}`);
  await mkdir(aside, { mode: 0o700 });
  try {
    const copied: ModelEntry[] = [];
    for (const entry of offered) {
      signal?.throwIfAborted();
      copied.push(await copyModel(source, entry, aside));
    }
    await writeFileAtomic(path.join(aside, "manifest.json"), JSON.stringify({ version: 1, models: copied }));
    const faults: string[] = [];
    for (const entry of copied) {
      signal?.throwIfAborted();
      faults.push(...(await faultsOf({ modelsDir: aside }, entry)).map((why) => `${entry.id}: ${why}`));
    }
    if (faults.length > 0) throw new AppError("model_refused", `Nothing was imported. ${faults.join(" ")}`);
    await changeUserModels(folders, async (manifest) => {
      for (const { id } of copied) {
        await rm(path.join(folders.userModelsDir, id), { recursive: true, force: true });
        await rename(path.join(aside, id), path.join(folders.userModelsDir, id));
      }
      const others = manifest.models.filter(({ id }) => !copied.some((entry) => entry.id === id));
      return { ...manifest, models: [...others, ...copied].sort((a, b) => (a.id < b.id ? -1 : 1)) };
    });
    return copied.map((entry) => ({ ...entry, origin: "user" }));
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function refuseTaken(there: readonly ModelEntry[], { id, sha256 }: ModelEntry, replace: boolean): void {
  if (taskSchema.safeParse(id).success)
    throw new AppError("conflict", `${id} is the name of a task. Give the network another id.`);
  const taken = there.find((entry) => entry.id === id);
  if (taken === undefined) return;
  if (taken.origin === "product")
    throw new AppError("conflict", `EDIN brings a network called ${id}. Give yours another id.`);
  // The very same network again does no harm: a training may have imported it already.
  if (!replace && taken.sha256 !== sha256)
    throw new AppError(
      "conflict",
      `You have a network called ${id} already. Import with --replace, or give it another id.`,
    );
}

async function readOffer(source: string): Promise<ModelEntry[]> {
  const file = path.join(source, "manifest.json");
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size > maxFileBytes)
    throw new AppError(
      "model_missing",
      `${source} has no manifest.json. A network comes in a folder with manifest.json, its ONNX file, card.md, figures.json and check.json; models/README.md has the layout, and recipes write it.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new AppError("model_refused", `${file} is not JSON. Fix it.`, { cause });
  }
  const parsed = modelManifestSchema.safeParse(json);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined)
    throw new AppError(
      "model_refused",
      `${file} is not a manifest: ${issue.path.join(".")} ${issue.message}. models/README.md says what each field is.`,
    );
  const { models } = parsed.data!;
  if (models.length === 0) throw new AppError("model_refused", `${file} lists no network. Add one.`);
  return models;
}

/** Copies what belongs to an entry to `<aside>/<id>`, and names it so. */
async function copyModel(source: string, entry: ModelEntry, aside: string): Promise<ModelEntry> {
  const names = { file: "model.onnx", card: "card.md", figures: "figures.json", check: "check.json" };
  await mkdir(path.join(aside, entry.id), { mode: 0o700 });
  for (const [field, name] of Object.entries(names)) {
    const from = entry[field as keyof typeof names];
    const maxBytes = field === "file" ? maxModelBytes : maxFileBytes;
    const size = (await lstat(path.join(source, from)).catch(() => undefined))?.size ?? 0;
    if (size > maxBytes)
      throw new AppError(
        "model_refused",
        `${from} is larger than ${maxBytes / 1e6} MB, the most that is taken.`,
      );
    await writeFileAtomic(path.join(aside, entry.id, name), await readOf(source, from));
  }
  // Pictures that the card shows.
  const cardFolder = path.dirname(path.join(source, entry.card));
  for (const name of await readdir(cardFolder)) {
    const picture = path.join(cardFolder, name);
    if (!/\.(png|jpe?g|svg|webp)$/i.test(name)) continue;
    const found = await lstat(picture);
    if (found.isFile() && found.size <= maxFileBytes)
      await copyFile(picture, path.join(aside, entry.id, name));
  }
  const placed = Object.entries(names).map(([field, name]) => [field, `${entry.id}/${name}`]);
  return { ...entry, ...(Object.fromEntries(placed) as typeof names), default: false, cpu: undefined };
}

/** A file of the offered folder, not by a link and not from outside. */
async function readOf(source: string, name: string): Promise<Uint8Array> {
  try {
    return await readInside(source, name);
  } catch (error) {
    if (!isAppError(error, "model_missing")) throw error;
    throw new AppError("model_missing", `${name} is missing from ${source}. Put it there.`, { cause: error });
  }
}

/** Why a network cannot be used; nothing when it can be loaded, says what it said in training, and fits its task. */
async function faultsOf(folders: ModelFolders, entry: ModelEntry): Promise<string[]> {
  const faults = contractFaults(entry);
  const [verified] = await verifyModels(folders, "cpu", entry.id);
  if (verified?.ok !== true) faults.push(`${verified?.problem ?? "It cannot be loaded"}.`);
  if (faults.length > 0) return faults;
  const check = storedCheckSchema.parse(
    JSON.parse(Buffer.from(await readInside(folders.modelsDir, entry.check)).toString("utf8")),
  );
  faults.push(
    ...checkFaults(entry, check, (stored) => (stored ? tensorOf(stored).data : new Float32Array())),
  );
  try {
    await using models = await openModels({ ...folders, device: "cpu" });
    const wrong = await tryReader(await models.load(entry.id));
    if (wrong !== undefined) faults.push(wrong);
  } catch (error) {
    if (!isAppError(error)) throw error;
    faults.push(error.message);
  }
  return faults;
}
