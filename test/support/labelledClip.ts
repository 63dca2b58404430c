import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { formatLabels } from "../../shared/labels/document.ts";
import { labelsName, newLabels } from "../../shared/labels/newFile.ts";
import { builtInSchemes } from "../../shared/labels/schemes/builtIn.ts";
import { makePhotoClip } from "./photoClip.ts";

/**
 * Makes a folder with a clip of a second, one.mp4, that one annotator calls happy.
 * @returns the clip
 */
export async function makeLabelledClip(folder: string): Promise<string> {
  await mkdir(folder);
  const clip = await makePhotoClip(path.join(folder, "one.mp4"), 1);
  const scheme = builtInSchemes.emotions;
  const about = { clip: "one.mp4", annotator: "ann", scheme, read: scheme, media: { durationMs: 1000 } };
  const annotations = [{ id: "a", tier: "face", startMs: 0, endMs: 1000, label: "happy" }];
  const text = formatLabels({ ...newLabels(about), annotations });
  await writeFile(path.join(folder, labelsName("one.mp4", "ann")), text);
  return clip;
}
