/**
 * A strip of one clip on several characters by both engines, through the product's own analysis:
 *   npx tsx test/eval/avatarStrip.ts CLIP --out STRIP.jpg [--avatars ada,egon,gob] [--pictures 6] [--without-face]
 * Columns: moments, evenly over the clip. Rows: the face as it is, then each character drawn by its rig, then each moved as a
 * picture by first-order motion. `--without-face` leaves the first row out.
 */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { runAnalysis } from "../../daemon/analysis/run.ts";
import { decodeFrames } from "../../daemon/media/decodeFrames.ts";
import { encodeJpeg } from "../../daemon/media/jpeg.ts";
import { probeMedia } from "../../daemon/media/probe.ts";
import { openProductModels } from "../support/productModels.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string" },
    avatars: { type: "string", default: "ada,egon,gob" },
    pictures: { type: "string", default: "6" },
    "without-face": { type: "boolean", default: false },
  },
});
const [clip] = positionals;
if (clip === undefined || values.out === undefined) throw new Error("Name a clip, and --out STRIP.jpg.");
const columns = Number(values.pictures);
const sidePx = 160;

/** One face beside its avatar at a moment, as pictures of `sidePx`. */
type Pair = readonly [face: Buffer, avatar: Buffer];

/** The first face's pairs at the moments of the strip. */
async function pairsOf(file: string): Promise<Pair[]> {
  const media = await probeMedia(file);
  const last = Math.floor((media.durationMs * media.video!.frameRate) / 1000) - 1;
  const wanted = Array.from({ length: columns }, (_, k) => Math.round(((k + 0.5) * last) / columns));
  const pairs: Pair[] = [];
  for await (const frame of decodeFrames(file, media)) {
    if (frame.index !== wanted[pairs.length]) continue;
    const { width, height } = frame;
    const both = await encodeJpeg(frame, height);
    const half = (left: number) =>
      sharp(both)
        .extract({ left, top: 0, width: width / 2, height })
        .resize(sidePx)
        .toBuffer();
    pairs.push([await half(0), await half(width / 2)]);
  }
  return pairs;
}

const folder = await mkdtemp(path.join(os.tmpdir(), "edin-strip-"));
await using models = await openProductModels();
const rows: Buffer[][] = [];
try {
  for (const engine of ["rig", "fomm"] as const)
    for (const name of values.avatars.split(",")) {
      const outDir = path.join(folder, `${engine}-${name}`);
      const { clips } = await runAnalysis(
        { id: name, mediaPath: clip, outDir, pipeline: "avatar", config: { avatar: { engine, name } } },
        { models, signal: new AbortController().signal, onProgress: () => undefined },
      );
      const pairs = await pairsOf(path.join(outDir, clips![0]!.file));
      if (rows.length === 0 && !values["without-face"]) rows.push(pairs.map(([face]) => face));
      rows.push(pairs.map(([, avatar]) => avatar));
      console.error(`${name} by ${engine}`);
    }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const height = rows.length * sidePx;
await sharp({ create: { width: columns * sidePx, height, channels: 3, background: "white" } })
  .composite(rows.flatMap((row, y) => row.map((input, x) => ({ input, left: x * sidePx, top: y * sidePx }))))
  .jpeg({ quality: 82 })
  .toFile(values.out);
