import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { encodeWav } from "../../daemon/media/wav.ts";
import { seededRandom } from "../../shared/stats/random.ts";

const rateHz = 16_000;

/** What tells the labels of the made-up set apart: how often the sound swells in a second. */
const swells: Readonly<Record<string, number>> = { steady: 0, slow: 2, quick: 8 };

/**
 * Writes a labelled set of sounds that are easy to tell apart, of eight made-up persons, with noise and pitches of their own.
 * @returns the folder
 */
export async function makeSounds(
  folder: string,
  { each = 16, labels = Object.keys(swells) }: { each?: number; labels?: readonly string[] } = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const random = seededRandom(11);
  const rows = ["path,label,subject"];
  for (const label of labels)
    for (let i = 0; i < each; i++) {
      const [pitch, start] = [150 + 200 * random(), random()];
      const sound = Float32Array.from({ length: 2 * rateHz }, (_, at) => {
        const seconds = at / rateHz;
        const level = 0.5 - 0.45 * Math.cos(2 * Math.PI * (swells[label]! * seconds + start));
        return 0.5 * level * Math.sin(2 * Math.PI * pitch * seconds) + 0.02 * (random() - 0.5);
      });
      const name = `${label}-${i}.wav`;
      await writeFile(path.join(folder, name), encodeWav(sound, rateHz));
      rows.push(`${name},${label},p${i % 8}`);
    }
  await writeFile(path.join(folder, "labels.csv"), `${rows.join("\n")}\n`);
  return folder;
}
