import { watch } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { ModelEntry, ModelManifest, Task } from "../../shared/protocol/models.ts";
import { findEntry, readManifest, type ModelFolders } from "../inference/manifest.ts";
import { readUserManifest } from "../inference/userModels.ts";
import { makeFolder, writeFileAtomic } from "../store/files.ts";
import { lockFolder } from "../store/lock.ts";

/** Folders of networks with a place for the user's. */
export type UserFolders = ModelFolders & { readonly userModelsDir: string };

/** How long one change waits for another of the same folder. */
const lockMs = 10_000;

/** Changes the user's manifest, one process at a time. @throws AppError `conflict` when another takes too long */
export async function changeUserModels(
  { userModelsDir }: UserFolders,
  change: (manifest: ModelManifest) => Promise<ModelManifest> | ModelManifest,
): Promise<void> {
  await makeFolder(userModelsDir);
  const unlock = await lock(userModelsDir);
  try {
    const changed = await change(await readUserManifest(userModelsDir));
    await writeFileAtomic(
      path.join(userModelsDir, "manifest.json"),
      `${JSON.stringify(changed, undefined, 2)}\n`,
    );
  } finally {
    await unlock();
  }
}

async function lock(folder: string): Promise<() => Promise<void>> {
  const endAt = Date.now() + lockMs;
  for (;;) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (!isAppError(error, "conflict") || Date.now() > endAt) throw error;
      await sleep(50);
    }
  }
}

/** Takes a network of the user away; a task that it served goes back to the product's default. @throws AppError */
export async function removeModel(folders: UserFolders, id: string): Promise<ModelEntry> {
  const entry = findEntry(await userFirst(folders), id);
  if (entry.origin !== "user")
    throw new AppError("conflict", `${id} belongs to EDIN and stays. \`edin models use\` chooses another.`);
  const without = <Value>(all: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name !== id));
  await changeUserModels(folders, ({ defaults = {}, calibrations = {}, ...manifest }) => ({
    ...manifest,
    models: manifest.models.filter((model) => model.id !== id),
    calibrations: without(calibrations),
    defaults: Object.fromEntries(Object.entries(defaults).filter(([, chosen]) => chosen !== id)),
  }));
  await rm(path.join(folders.userModelsDir, id), { recursive: true, force: true });
  return entry;
}

/** What the user has, also what cannot be loaded any more: that is to be removed too. */
async function userFirst(folders: UserFolders): Promise<ModelManifest> {
  const user = (await readUserManifest(folders.userModelsDir)).models.map((entry) => ({
    ...entry,
    origin: "user" as const,
  }));
  const { models } = await readManifest(folders);
  return { version: 1, models: [...user, ...models.filter(({ origin }) => origin !== "user")] };
}

/** Makes a network the default of its task. @throws AppError `model_unknown`, also for one of another task */
export async function useModel(folders: UserFolders, id: string, task: Task): Promise<ModelEntry> {
  const entry = findEntry(await readManifest(folders), id);
  if (entry.id !== id || entry.task !== task)
    throw new AppError(
      "model_unknown",
      `${entry.id} is a network for ${entry.task}, not for ${task}. \`edin models list\` shows those there are.`,
    );
  await changeUserModels(folders, (manifest) => ({
    ...manifest,
    defaults: { ...manifest.defaults, [task]: id },
  }));
  return { ...entry, default: true };
}

/** Calls `changed` when the user's networks may be others, until it is disposed. */
export async function watchUserModels(
  { userModelsDir }: UserFolders,
  changed: () => void,
): Promise<AsyncDisposable> {
  await makeFolder(userModelsDir);
  let waiting: NodeJS.Timeout | undefined;
  const watcher = watch(userModelsDir, (_, name) => {
    if (name !== "manifest.json") return;
    clearTimeout(waiting);
    waiting = setTimeout(changed, 100);
  });
  // A folder that goes away ends the watching; the next list is read from what is there.
  watcher.on("error", () => watcher.close());
  return {
    [Symbol.asyncDispose]() {
      clearTimeout(waiting);
      watcher.close();
      return Promise.resolve();
    },
  };
}
