import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../shared/errors.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import {
  experimentTableName,
  type ExperimentTable,
  type ListedExperiment,
} from "../../../shared/protocol/experimentTable.ts";
import { mediaType } from "../../../shared/mediaTypes.ts";
import { findExperiments, rowFolder } from "../../experiment/experimentTable.ts";
import { exportType } from "../../results/exports/types.ts";
import { readApart } from "../../reading/readThread.ts";
import type { Roots } from "../../store/roots.ts";
import type { Handlers } from "../mount.ts";

type Names = "listExperiments" | "getExperiment" | "getExperimentFile" | "getExperimentClip";

/** Results of experiments in granted folders; `edin experiment` writes them. */
export function experimentHandlers(roots: Roots): Handlers<Pick<Endpoints, Names>> {
  return {
    async listExperiments() {
      const folders = await findExperiments((await roots.list()).map(({ path }) => path));
      const listed = await Promise.all(folders.map(describe));
      const experiments = listed.flatMap((one) => one ?? []);
      return { experiments: experiments.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt)) };
    },
    getExperiment: async ({ path }) => ({ table: await readTable(await roots.resolve(path)) }),
    async getExperimentFile({ path, row, name }) {
      const folder = await roots.resolve((await rowFolder(await roots.resolve(path), row)).folder);
      await refuseLinks(folder);
      const { writeExport } = await import("../../results/exports/write.ts");
      const text = writeExport(folder, name);
      return { text, type: exportType(name), downloadName: name };
    },
    async getExperimentClip({ path, row }) {
      const { media } = await rowFolder(await roots.resolve(path), row);
      const clip = await roots.resolve(media);
      return { path: clip, type: mediaType(clip) };
    },
  };
}

/** EDIN writes none; one that somebody put there may lead anywhere. @throws AppError `invalid_path` */
async function refuseLinks(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  const link = entries.find((entry) => entry.isSymbolicLink());
  if (link !== undefined)
    throw new AppError(
      "invalid_path",
      `${link.name} among the results is a link. Put the file itself there.`,
    );
}

/** A large one in a thread: whoever looks at it must not hold up others. */
async function readTable(folder: string): Promise<ExperimentTable> {
  const { size } = await stat(join(folder, experimentTableName)).catch(() => ({ size: 0 }));
  return readApart("experiment", { folder }, size);
}

/** undefined for a table that cannot be read: who opens it is told why. */
async function describe(path: string): Promise<ListedExperiment | undefined> {
  const table = await readTable(path).catch(() => undefined);
  if (table === undefined) return undefined;
  const { title, state, startedAt, rows } = table;
  const count = (wanted: string) => rows.filter((row) => row.state === wanted).length;
  return {
    path,
    title,
    state,
    startedAt,
    analyses: rows.length,
    done: count("done"),
    failed: count("failed"),
  };
}
