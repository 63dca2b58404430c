import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A file system of a test's own (Linux, as root), which can be filled to its last byte and be made unwritable. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Is full when it returns: nothing else of this process writes meanwhile. */
  fill(): void;
  free(): Promise<void>;
  /** Nothing can be made, opened for writing, renamed or removed, by root neither. */
  setReadOnly(on: boolean): Promise<void>;
}

/** Undefined where nobody may mount one. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "edin-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", folder]);
  } catch {
    await rmdir(folder);
    return undefined;
  }
  const fillers = path.join(folder, "filler-");
  const setReadOnly = async (on: boolean) => {
    await run("chattr", ["-R", on ? "+i" : "-i", folder]);
  };
  return {
    path: folder,
    fill() {
      let n = 0;
      for (const bytes of [8_000_000, 500_000, 4096, 1]) while (written(`${fillers}${(n += 1)}`, bytes));
    },
    async free() {
      for (const name of await readdir(folder))
        if (name.startsWith("filler-")) await rm(path.join(folder, name));
    },
    setReadOnly,
    async [Symbol.asyncDispose]() {
      await setReadOnly(false);
      await run("umount", ["--lazy", folder]);
      await rmdir(folder);
    },
  };
}

/** Whether there was room. */
function written(file: string, bytes: number): boolean {
  try {
    writeFileSync(file, Buffer.alloc(bytes));
    return true;
  } catch {
    return false;
  }
}
