import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { trainingResultSchema, type TrainingResult } from "../../../shared/protocol/training.ts";
import { makeSet, readJson, TableFolder, type Folders } from "./folder.ts";

/** Table 6.1: noise taken from the training set, by template. It learns from every n-th picture, which says how long it takes. */
export async function denoising({
  everyNth = 4,
  ...folders
}: Folders & { readonly everyNth?: number }): Promise<void> {
  const table = await TableFolder.open("table-6.1", folders);
  const [head, ...rows] = (await readFile(path.join(folders.data, "rafdb_train/labels.csv"), "utf8"))
    .trim()
    .split(/\r?\n/);
  const set = path.join(table.work, "rafdb");
  await mkdir(set, { recursive: true });
  await symlink(path.join(folders.data, "rafdb_train"), path.join(set, "all")).catch(ifThere);
  const kept = rows.sort().filter((_, i) => i % everyNth === 0);
  await writeFile(path.join(set, "labels.csv"), [head, ...kept.map((row) => `all/${row}`)].join("\n"));
  await table.edin("train", "denoise.training.yaml", "denoise", "--no-import");
  await table.writeFigures({ everyNth, of: rows.length, ...(await summary(table, "denoise")) });
}

/** Table 7.5: four networks on characters, one character left out, and on a random split. */
export async function characters(folders: Folders): Promise<void> {
  const table = await TableFolder.open("table-7.5", folders);
  const set = path.join(table.work, "characters");
  await makeSet("characters", folders.data, set);
  const unnamed = path.join(table.work, "characters-unnamed");
  await mkdir(unnamed, { recursive: true });
  await symlink(set, path.join(unnamed, "all")).catch(ifThere);
  const [, ...rows] = (await readFile(path.join(set, "labels.csv"), "utf8")).trim().split(/\r?\n/);
  const two = rows.map((row) => `all/${row.split(",").slice(0, 2).join(",")}`);
  await writeFile(path.join(unnamed, "labels.csv"), ["path,label", ...two].join("\n"));
  await table.edin("train", "characters.training.yaml", "left-out", "--no-import");
  await table.edin("train", "random.training.yaml", "random", "--no-import");
  await table.writeFigures({
    leftOut: await summary(table, "left-out"),
    random: await summary(table, "random"),
  });
}

/** Tables 7.3 and 7.4: the networks of the multimodal pipeline on people they never saw, and what a random split says. */
export async function multimodal(folders: Folders): Promise<void> {
  const table = await TableFolder.open("table-7.3", folders);
  const held = path.join(table.work, "held-out");
  await makeSet("held-out", folders.data, held);
  const sets = {
    rafdb: ["expression-compact", "expression-thesis"],
    mrl: ["eye-state-compact", "eye-state-thesis"],
    ravdess: ["speech-thesis"],
  };
  const evaluated: Record<string, unknown>[] = [];
  for (const [set, networks] of Object.entries(sets))
    for (const network of networks)
      evaluated.push({ set, ...(await table.evaluate(network, path.join(held, set))) });
  const voices = path.join(table.work, "ravdess");
  await mkdir(voices, { recursive: true });
  await symlink(path.join(folders.data, "ravdess"), path.join(voices, "all")).catch(ifThere);
  await writeFile(path.join(voices, "labels.csv"), await voiceTable(folders.data));
  await table.edin("train", "speakers.training.yaml", "speakers", "--no-import");
  await table.edin("train", "random.training.yaml", "random", "--no-import");
  await table.writeFigures({
    evaluated,
    speakers: await summary(table, "speakers"),
    random: await summary(table, "random"),
  });
}

/** The emotions of RAVDESS by the number in a file's name. */
const emotions = ["neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise"];

async function voiceTable(data: string): Promise<string> {
  const files = await readdir(path.join(data, "ravdess"), { recursive: true });
  const sounds = files.filter((file) => file.endsWith(".flac")).sort();
  const rows = sounds.map((file) => {
    const [actor, name] = file.split(path.sep) as [string, string];
    return `all/${actor}/${name},${emotions[Number(name.split("-")[2]) - 1]},${actor}`;
  });
  return ["path,label,actor", ...rows].join("\n");
}

/** What of a training belongs into the project: everything but pictures and the curves, which are in the log. */
async function summary(table: TableFolder, out: string) {
  const result: TrainingResult = trainingResultSchema.parse(
    await readJson(path.join(table.work, out, "training.json")),
  );
  const { runs, unreadable, samples, dataSha256, backend, versions, notes } = result;
  return {
    ...{ samples, dataSha256, backend, versions, notes, unreadable: unreadable.length },
    runs: runs.map(({ figures, ...run }) => ({
      ...run,
      figures: { ...figures, worst: [], reliability: [] },
    })),
  };
}

/** A link that was made by an earlier run. */
function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
