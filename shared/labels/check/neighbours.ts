import { isMediaName } from "../../mediaTypes.ts";
import type { LabelsHead } from "../../protocol/labels.ts";
import { parseLabels } from "../document.ts";
import { isLabelsFile } from "../newFile.ts";
import type { LabelFacts } from "./problem.ts";

/** What a check knows of the files beside a labels file. */
export type Neighbours = Required<Pick<LabelFacts, "twins" | "clips" | "schemes">>;

const schemeName = /\.scheme\.(ya?ml|json)$/i;

/** What of a heading decides what is around a file, and whether colleagues may be seen: where it changes that is looked at again. */
export function aroundKey({ media, annotator, scheme, done, gold }: LabelsHead): string {
  return JSON.stringify([media.file, annotator, scheme, done !== undefined, gold === true]);
}

/**
 * The files beside a labels file that a check asks for: others of the same annotator and clip, and clips and schemes that may
 * be meant where one is named that is not there.
 *
 * @param own name of the labels file
 * @param names of all files in its folder
 * @param read the text of one of them
 */
export async function neighboursOf(
  own: string,
  { annotator, media, gold = false }: LabelsHead,
  names: readonly string[],
  read: (name: string) => Promise<string>,
): Promise<Neighbours> {
  const twins: string[] = [];
  const clip = media.file.slice(Math.max(media.file.lastIndexOf("/"), media.file.lastIndexOf("\\")) + 1);
  // As EDIN names them: a folder may hold hundreds of others.
  const begin = `${clip.replace(/\.[^.]*$/, "")}.`;
  for (const name of names) {
    if (name === own || !isLabelsFile(name) || !name.startsWith(begin)) continue;
    try {
      const { head } = parseLabels(await read(name));
      const same = head.annotator === annotator && head.media.file === media.file;
      if (same && (head.gold ?? false) === gold) twins.push(name);
    } catch {
      // What is wrong in that file is told in that file.
    }
  }
  return { twins, clips: names.filter(isMediaName), schemes: names.filter((name) => schemeName.test(name)) };
}
