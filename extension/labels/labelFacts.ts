import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { LabelFacts } from "../../shared/labels/check/problem.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { isMediaName } from "../../shared/mediaTypes.ts";
import type { LabelsHead } from "../../shared/protocol/labels.ts";
import { clipPath, isLabelsFile, schemeBeside } from "./labelFiles.ts";

/** Hashes of clips, by path, size and time. */
const hashes = new Map<string, Promise<string>>();

/** What a check of a labels file needs to know beyond it: scheme, clip, other files of the same annotator. */
export async function labelFacts(file: string, head: LabelsHead): Promise<LabelFacts> {
  const folder = path.dirname(file);
  const names = await readdir(folder).catch((): string[] => []);
  const clip = clipPath(file, head);
  const found = clip === undefined ? undefined : await stat(clip).catch(() => undefined);
  const sha256 =
    clip !== undefined && found?.isFile() === true && head.media.sha256 !== undefined
      ? await hashOf(clip, found.size, found.mtimeMs)
      : undefined;
  return {
    ...(await schemeBeside(file, head.scheme)),
    clip: found?.isFile() === true ? { ...(sha256 !== undefined && { sha256 }) } : "missing",
    twins: await twinsOf(file, head, names),
    clips: names.filter(isMediaName),
    schemes: names.filter((name) => /\.scheme\.(ya?ml|json)$/i.test(name)),
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

/** Files beside this one that say the same annotator labelled the same clip. */
async function twinsOf(
  file: string,
  { annotator, media }: LabelsHead,
  names: readonly string[],
): Promise<string[]> {
  const stem = `${path.basename(media.file).replace(/\.[^.]*$/, "")}.`;
  const twins: string[] = [];
  for (const name of names) {
    if (!isLabelsFile(name) || !name.startsWith(stem) || name === path.basename(file)) continue;
    try {
      const { head } = parseLabels(await readFile(path.join(path.dirname(file), name), "utf8"));
      if (head.annotator === annotator && head.media.file === media.file) twins.push(name);
    } catch {
      // What is wrong in that file is told in that file.
    }
  }
  return twins;
}
