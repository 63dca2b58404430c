import { existsSync } from "node:fs";
import { appendFile, open } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runner } from "../../../daemon/analysis/kind.ts";

/** The file beside the clips in which each run leaves a line when it begins. */
export const runsFile = "runs.txt";

/**
 * A run that goes on until there is a file `<name>.go` beside the clip, if its configuration has a `name`, and then writes
 * `pieces` lines with the process that wrote them.
 */
export const writePieces: Runner = async ({ id, mediaPath, outDir, config }, { signal, onProgress }) => {
  const folder = path.dirname(mediaPath);
  const pieces = Number(config["pieces"] ?? 3);
  await appendFile(path.join(folder, runsFile), `${id} ${process.pid}\n`);
  const name = config["name"];
  while (typeof name === "string" && !existsSync(path.join(folder, `${name}.go`)))
    await sleep(20, undefined, { signal });
  await using file = await open(path.join(outDir, "frames.jsonl"), "w");
  for (let piece = 0; piece < pieces; piece += 1) {
    await file.write(`${JSON.stringify({ id, piece, by: process.pid })}\n`);
    onProgress({ timeMs: piece, durationMs: pieces, frames: piece, framesPerSecond: 1 });
    await sleep(2, undefined, { signal });
  }
};
