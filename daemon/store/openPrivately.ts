import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import { mendAll } from "./privateFolder.ts";

/** Opens PGlite on a folder. Its files are for this user alone from the moment when they are made. */
export async function openPrivately(folder: string): Promise<PGlite> {
  const database = await PGlite.create({ fs: new PrivateFiles(folder) });
  // An older version's, and those of a copy.
  mendAll(folder);
  return database;
}

class PrivateFiles extends NodeFS {
  override async init(...[instance, options]: Parameters<NodeFS["init"]>) {
    const { emscriptenOpts } = await super.init(instance, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), keepPrivate];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

interface FileAttributes {
  readonly mode?: number;
}

/** The part of Emscripten's NODEFS through which every change of a file's mode goes. It minds no umask. */
interface NodeFiles {
  doSetAttr?: (where: unknown, node: unknown, attributes: FileAttributes, ...more: unknown[]) => void;
}

function keepPrivate(module: { NODEFS: unknown }): void {
  const files = module.NODEFS as NodeFiles;
  const { doSetAttr } = files;
  // Another version of PGlite may do it elsewhere: its files are mended at each start and end.
  if (doSetAttr === undefined) return;
  files.doSetAttr = (where, node, attributes, ...more) => {
    const { mode } = attributes;
    doSetAttr(where, node, mode === undefined ? attributes : { ...attributes, mode: mode & ~0o077 }, ...more);
  };
}
