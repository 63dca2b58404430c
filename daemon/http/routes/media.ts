import { lstat, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../../shared/errors.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { FolderEntry, ListedFiles } from "../../../shared/protocol/media.ts";
import type { Config } from "../../config.ts";
import type { Roots } from "../../store/roots.ts";
import type { Handlers } from "../mount.ts";
import { isMediaName, isPictureName } from "../../../shared/mediaTypes.ts";

const maxEntries = 2000;

/** Routes of granted folders and of the clips in them. */
export function mediaHandlers(
  roots: Roots,
  config: Config,
): Handlers<Pick<Endpoints, "listRoots" | "grantRoot" | "revokeRoot" | "listFolder" | "probeMedia">> {
  return {
    listRoots: async () => ({ roots: await roots.list() }),
    grantRoot: async ({ path: folder }) => ({ root: await roots.grant(folder) }),
    async revokeRoot({ id }) {
      if (await roots.revoke(id)) return { ok: true };
      throw new AppError("not_found", "There is no such grant. Reload the list.");
    },
    async listFolder({ path: asked, files }) {
      const folder = await roots.resolve(asked);
      const names = (await readdir(folder).catch(notAFolder)).filter((name) => !name.startsWith("."));
      const entries: FolderEntry[] = [];
      for (const name of names.toSorted().slice(0, maxEntries)) {
        const entry = await describe(path.join(folder, name), files, roots);
        if (entry !== undefined) entries.push(entry);
      }
      return { entries, truncated: names.length > maxEntries };
    },
    async probeMedia({ path: asked }) {
      const file = await roots.resolve(asked);
      const { probeMedia } = await import("../../media/probe.ts");
      const { toolsOf } = await import("../../analysis/tools.ts");
      return { media: await probeMedia(file, { ffmpeg: await toolsOf(config) }) };
    },
  };
}

/**
 * Links count as what they lead to, inside of granted folders. A clip that leads elsewhere, or whose content is not here
 * (git-annex), is named without a size: who opens it is told why. Sockets and the like are left out.
 */
async function describe(file: string, files: ListedFiles, roots: Roots): Promise<FolderEntry | undefined> {
  const own = await lstat(file).catch(() => undefined);
  const real = own?.isSymbolicLink() === true ? await roots.resolve(file).catch(() => undefined) : file;
  const name = path.basename(file);
  const wanted = isWanted[files](name);
  const kind = files === "media" ? "media" : "file";
  if (real === undefined) return wanted ? { name, path: file, kind } : undefined;
  const found = real === file ? own : await stat(real).catch(() => undefined);
  if (found?.isDirectory()) return { name, path: file, kind: "folder" };
  if (!found?.isFile() || !wanted) return undefined;
  return { name, path: file, kind, sizeBytes: found.size };
}

const isWanted: Readonly<Record<ListedFiles, (name: string) => boolean>> = {
  media: isMediaName,
  training: (name) => /\.training\.(ya?ml|json)$/i.test(name),
  table: (name) => /\.csv$/i.test(name),
  avatar: (name) => /\.(glb|vrm)$/i.test(name) || isPictureName(name),
  none: () => false,
};

function notAFolder(cause: unknown): never {
  throw new AppError("invalid_path", "This is not a readable folder. Choose another.", { cause });
}
