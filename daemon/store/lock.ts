import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { isMissing } from "../missing.ts";

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
  try {
    await writeFile(mine, content, { flag: "wx", mode: 0o600 });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      // A link appears with its content or not at all, and only one process can make it.
      if (await linked(mine, lock)) return () => rm(lock, { force: true });
      const holder = await readIfThere(lock);
      if (holder === undefined) continue;
      if (await lives(holder)) {
        const [pid] = holder.split(" ");
        throw new AppError(
          "conflict",
          `Process ${pid} already uses ${folder}. Stop it, or choose another folder with --data-dir.`,
        );
      }
      await removeStale(mine, lock);
    }
    throw new AppError("conflict", `${lock} cannot be taken. Remove it if no other EDIN runs.`);
  } finally {
    await rm(mine, { force: true });
  }
}

/**
 * Removes the lock if it is still that of a process that is gone. One process at a time does so, else one could remove
 * the fresh lock of another; who died in the middle of it is passed over in the same way.
 */
async function removeStale(mine: string, lock: string): Promise<void> {
  const turn = `${lock}.turn`;
  if (await linked(mine, turn)) {
    const holder = await readIfThere(lock);
    if (holder !== undefined && !(await lives(holder))) await rm(lock, { force: true });
    await rm(turn, { force: true });
    return;
  }
  const other = await readIfThere(turn);
  if (other !== undefined && !(await lives(other))) await rm(turn, { force: true });
  await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Whether the process that wrote this lives. */
async function lives(content: string): Promise<boolean> {
  const [pid = "", start = ""] = content.split(" ");
  return (await startOf(Number(pid))) === start;
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
    if (isMissing(error)) return undefined;
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
