import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { seededRandom } from "../../shared/stats/random.ts";

const side = 48;

/** What tells the labels of the made-up set apart: where a picture is bright. */
const bright: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  happy: (_, y) => y < side / 2,
  sad: (_, y) => y >= side / 2,
  surprise: (x) => x % 16 < 8,
};

/**
 * Writes a labelled set of pictures that are easy to tell apart, of eight made-up persons, with noise of their own.
 * @returns the folder
 */
export async function makePictures(
  folder: string,
  { each = 24, labels = Object.keys(bright) }: { each?: number; labels?: readonly string[] } = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const random = seededRandom(7);
  const rows = ["path,label,subject"];
  for (const label of labels)
    for (let i = 0; i < each; i++) {
      const base = 40 + 80 * random();
      const data = Uint8Array.from({ length: side * side }, (_, at) => {
        const lit = bright[label]!(at % side, Math.floor(at / side)) ? 70 : 0;
        return Math.min(255, base + lit + 60 * random());
      });
      const name = `${label}-${i}.png`;
      const raw = { width: side, height: side, channels: 1 } as const;
      await sharp(data, { raw }).png().toFile(path.join(folder, name));
      rows.push(`${name},${label},p${i % 8}`);
    }
  await writeFile(path.join(folder, "labels.csv"), `${rows.join("\n")}\n`);
  return folder;
}
