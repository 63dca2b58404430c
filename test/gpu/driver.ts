import { existsSync, readdirSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

/** An environment in which a Vulkan driver may be found, and what it is, for people. */
export interface Driver {
  readonly name: string;
  readonly env: Record<string, string>;
}

const libraryFolders = [
  `/usr/lib/x86_64-linux-gnu`,
  "/usr/lib64",
  "/usr/lib",
  "/lib64",
  "/usr/local/nvidia/lib64",
];
const isThere = (library: string) => libraryFolders.some((folder) => existsSync(path.join(folder, library)));

/**
 * What to try, best first: the driver that was named, alone; else whatever the machine's own notes name, then NVIDIA's two
 * libraries that are Vulkan drivers, which a machine without a desktop may have without a note.
 */
export async function driversToTry(folder: string, named: string | undefined): Promise<Driver[]> {
  if (named !== undefined) return [{ name: named, env: { VK_ICD_FILENAMES: named } }];
  const drivers: Driver[] = [{ name: "the machine's own notes", env: {} }];
  for (const library of ["libGLX_nvidia.so.0", "libEGL_nvidia.so.0"]) {
    const note = path.join(folder, `${library}.json`);
    const ICD = { library_path: library, api_version: "1.3.0" };
    await writeFile(note, JSON.stringify({ file_format_version: "1.0.0", ICD }));
    drivers.push({ name: library, env: { VK_ICD_FILENAMES: note } });
  }
  return drivers;
}

/**
 * Makes a folder of those packed libraries that the machine lacks, and nothing that it has: its own ones fit its driver.
 * @returns the names of those
 */
export async function lackingLibraries(packed: string, folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const lacking = readdirSync(packed).filter((library) => !isThere(library));
  for (const library of lacking) await symlink(path.join(packed, library), path.join(folder, library));
  return lacking;
}
