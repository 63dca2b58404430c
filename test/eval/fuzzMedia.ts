/**
 * Flips bits of a small clip many times and reads each result to its end:
 *   npx tsx test/eval/fuzzMedia.ts [COUNT] [FIRST_SEED]
 * Prints how the readings ended, as JSON. Fails when one ends in anything but `ok` or a typed error, takes more than a
 * minute, or leaves a process behind (which is looked for on Linux).
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { makeClip, runningTools } from "../integration/media/clips.ts";
import { flipBits, honestEnds, readWhole, twoAtATime } from "../integration/media/readWhole.ts";

const [count = 10_000, firstSeed = 0] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(path.join(os.tmpdir(), "edin-fuzz-"));
const counts: Record<string, number> = {};
const bad: string[] = [];
let slowestMs = 0;
try {
  const containers = await Promise.all(
    ["mp4", "mkv", "ts", "avi"].map(async (name) => {
      const clip = await makeClip(
        path.join(folder, `clip.${name}`),
        ...["-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=0.32"],
        ...["-f", "lavfi", "-i", "sine=duration=0.32"],
        ...["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "4", "-c:a", "aac"],
      );
      return readFile(clip);
    }),
  );
  await twoAtATime(count, async (index) => {
    const seed = firstSeed + index;
    const file = path.join(folder, `${seed}.bin`);
    await writeFile(file, flipBits(containers[seed % containers.length]!, seed));
    const start = performance.now();
    const end = await readWhole(file).catch((error: unknown) => `thrown: ${String(error)}`);
    const tookMs = performance.now() - start;
    slowestMs = Math.max(slowestMs, tookMs);
    counts[end] = (counts[end] ?? 0) + 1;
    if (!honestEnds.includes(end) || tookMs > 60_000) bad.push(`seed ${seed}: ${end} after ${tookMs} ms`);
    await rm(file);
  });
  bad.push(...(await runningTools()).map((name) => `${name} still runs`));
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(JSON.stringify({ count, firstSeed, counts, slowestMs: Math.round(slowestMs), bad }, null, 2));
process.exitCode = bad.length > 0 ? 1 : 0;
