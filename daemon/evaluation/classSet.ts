import { readdir } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { readLabelTable, resolveInside } from "./dataset.ts";
import { isThere } from "../missing.ts";

/** One labelled file of a set. */
export interface LabelledFile {
  /** As the set names it: relative to its folder. */
  readonly path: string;
  readonly file: string;
  readonly label: string;
  /** The person it shows, where the set says so. */
  readonly subject?: string;
}

/** What systems leave in folders. */
const notData = /^(\.|__MACOSX$|Thumbs\.db$|desktop\.ini$)/i;

/**
 * A set of labelled files: `labels.csv` with `path,label[,subject]` where there is one, else one sub-folder a label.
 *
 * @param known labels that it may have; undefined where every label is taken
 * @param options subjects: the column that names the person, which must then be there
 * @throws AppError `not_found`, `invalid_csv`, `invalid_path`, `unknown_label` with the known ones, `not_enough_data`.
 */
export async function readClassSet(
  folder: string,
  known: readonly string[] | undefined,
  { subjects }: { readonly subjects?: string | undefined } = {},
): Promise<LabelledFile[]> {
  const files =
    subjects !== undefined || (await isThere(path.join(folder, "labels.csv")))
      ? await readLabels(folder, subjects)
      : await readSubFolders(folder);
  const unknown = [...new Set(files.map((f) => f.label))].filter((label) => !known?.includes(label));
  if (known !== undefined && unknown.length > 0)
    throw new AppError(
      "unknown_label",
      `The set has ${unknown.map((l) => `"${l}"`).join(", ")}. Known labels: ${known.join(", ")}.`,
    );
  if (files.length === 0)
    throw new AppError(
      "not_enough_data",
      `${folder} holds no labelled files. It needs a labels.csv or a sub-folder for each label.`,
    );
  return files;
}

async function readLabels(folder: string, column: string | undefined): Promise<LabelledFile[]> {
  const name = column ?? "subject";
  const wanted: ("path" | "label")[] = ["path", "label"];
  // A column that is named must be there, whatever its name.
  const rows = await readLabelTable(folder, column === undefined ? wanted : [...wanted, column as "path"]);
  const subjects = rows.every((row) => (row[name] ?? "") !== "");
  return rows.map((row) => ({
    path: row.path,
    file: resolveInside(folder, row.path),
    label: row.label,
    ...(subjects ? { subject: row[name]! } : {}),
  }));
}

async function readSubFolders(folder: string): Promise<LabelledFile[]> {
  const found: LabelledFile[] = [];
  const labels = (await readdir(folder, { withFileTypes: true })).filter(
    (e) => e.isDirectory() && !notData.test(e.name),
  );
  for (const { name: label } of labels) {
    const inside = await readdir(path.join(folder, label), { withFileTypes: true, recursive: true });
    for (const entry of inside) {
      const file = path.join(entry.parentPath, entry.name);
      const relative = path.relative(folder, file);
      if (entry.isFile() && !relative.split(path.sep).some((part) => notData.test(part)))
        found.push({ path: relative, file, label });
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
