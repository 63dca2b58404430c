import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { neighboursOf } from "../../shared/labels/check/neighbours.ts";
import type { LabelFacts } from "../../shared/labels/check/problem.ts";
import type { LabelsAround } from "../../shared/protocol/labelRoutes.ts";
import type { LabelsHead } from "../../shared/protocol/labels.ts";
import { clipPath, schemeBeside } from "./labelFiles.ts";

/** Hashes of clips, by path, size and time. */
const hashes = new Map<string, Promise<string>>();

/** What a check of a labels file needs to know beyond it: scheme, clip, other files of the same annotator. */
export async function labelFacts(file: string, head: LabelsHead): Promise<LabelFacts> {
  const { clipFound, ...around } = await labelsAround(file, head);
  if (!clipFound) return { ...around, clip: "missing" };
  const clip = clipPath(file, head)!;
  const { size, mtimeMs } = await stat(clip);
  return {
    ...around,
    clip: head.media.sha256 === undefined ? {} : { sha256: await hashOf(clip, size, mtimeMs) },
  };
}

/** What a labels file names, and what lies beside it. */
export async function labelsAround(file: string, head: LabelsHead): Promise<LabelsAround> {
  const folder = path.dirname(file);
  const names = await readdir(folder).catch((): string[] => []);
  const clip = clipPath(file, head);
  const found = clip === undefined ? undefined : await stat(clip).catch(() => undefined);
  return {
    ...(await schemeBeside(file, head.scheme)),
    clipFound: found?.isFile() === true,
    ...(await neighboursOf(path.basename(file), head, names, (name) =>
      readFile(path.join(folder, name), "utf8"),
    )),
  };
}

function hashOf(clip: string, size: number, mtimeMs: number): Promise<string> {
  const key = `${clip}\n${size}\n${mtimeMs}`;
  const known = hashes.get(key) ?? hash(clip);
  hashes.set(key, known);
  known.catch(() => hashes.delete(key));
  return known;
}

async function hash(clip: string): Promise<string> {
  const sum = createHash("sha256");
  await pipeline(createReadStream(clip), sum);
  return sum.digest("hex");
}
