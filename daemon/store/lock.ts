import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";

const fileName = "daemon.lock";

/**
 * Makes this process the one that uses a data folder, until the returned function is called or the process ends, however
 * it ends: a lock of a process that is gone is taken over.
 * @throws AppError `conflict` that names the process which holds the folder.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const lock = path.join(folder, fileName);
  const mine = `${lock}.${randomUUID()}`;
  const content = `${process.pid} ${await startOf(process.pid)}`;
  await writeFile(mine, content, { flag: "wx", mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      // A link appears with its content or not at all, and only one process can make it.
      if (await linked(mine, lock)) return () => rm(lock, { force: true });
      const holder = await readIfThere(lock);
      if (holder === undefined) continue;
      const [pid = "", start = ""] = holder.split(" ");
      if ((await startOf(Number(pid))) === start) {
        throw new AppError(
          "conflict",
          `Process ${pid} already uses ${folder}. Stop it, or choose another folder with --data-dir.`,
        );
      }
      await removeStale(lock, holder);
    }
    throw new AppError("conflict", `${lock} cannot be taken. Remove it if no other EDIN runs.`);
  } finally {
    await rm(mine, { force: true });
  }
}

/** Another process may have taken the stale lock over meanwhile: what was moved aside is looked at, and put back. */
async function removeStale(lock: string, stale: string): Promise<void> {
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== stale) await linked(aside, lock);
  await rm(aside, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * When a process started, in a unit of the system; a number is used again, but not with the same start. `gone` when
 * there is no such process, `unknown` where the system does not tell the start.
 */
async function startOf(pid: number): Promise<string> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return "gone";
  }
  if (process.platform !== "linux") return "unknown";
  const stat = await readIfThere(`/proc/${pid}/stat`);
  // The name in parentheses may hold spaces; the start is the 20th field after it.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? "gone" : (fields?.[19] ?? "gone");
}
