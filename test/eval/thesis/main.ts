// The thesis's tables, run anew: npm run thesis -- TABLE DATA WORK [N], or npm run thesis -- page. N: 6.1 takes every Nth picture.
// DATA holds what models/recipes/thesis_sets.py reads; WORK, a new folder, gets sets, networks and results. What belongs into
// models/experiments (log, figures) is written there; the page is made from that.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { experimentsFolder } from "./folder.ts";
import { thesisPage } from "./page.ts";
import { magnification, pipelines } from "./pipelineTables.ts";
import { denoising, characters, multimodal } from "./trainingTables.ts";

const tables = {
  "6.1": denoising,
  "7.1": magnification,
  "7.3": multimodal,
  "7.5": characters,
  "7.6": pipelines,
} as const;

const [what = "", data, work, everyNth] = process.argv.slice(2);
if (what === "page")
  await writeFile(path.join(experimentsFolder, "README.md"), await thesisPage(experimentsFolder));
else if (what in tables && data !== undefined && work !== undefined)
  await tables[what as keyof typeof tables]({
    ...{ data: path.resolve(data), work: path.resolve(work) },
    ...(everyNth !== undefined && { everyNth: Number(everyNth) }),
  });
else throw new Error(`Name one of ${Object.keys(tables).join(", ")} with folders DATA and WORK, or page.`);
