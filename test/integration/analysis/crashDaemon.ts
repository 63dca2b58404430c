/**
 * A daemon for the test that kills it: `tsx crashDaemon.ts DATA_DIR CLIPS`, with the database's address on standard input
 * (empty for an embedded one). Runs take as long as the configuration says and write their file in pieces.
 */
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import { loadConfig } from "../../../daemon/config.ts";
import { createLog } from "../../../daemon/log.ts";
import { startDaemon } from "../../../daemon/server.ts";

const [dataDir, clips] = process.argv.slice(2);
const databaseUrl = readFileSync(0, "utf8").trim();
const config = loadConfig(
  {
    ...{ dataDir, roots: [clips!], logLevel: "warn", concurrency: 1, jobs: { maxTries: 1 } },
    ...(databaseUrl && { databaseUrl }),
  },
  {},
);

const run: Runner = async ({ id, outDir, config: asked }, { signal, onProgress }) => {
  const pieces = Number(asked["pieces"]);
  const file = await open(path.join(outDir, "frames.jsonl"), "w");
  try {
    for (let piece = 0; piece < pieces; piece += 1) {
      await file.write(`${JSON.stringify({ id, piece, of: pieces })}\n`);
      onProgress({ timeMs: piece, durationMs: pieces, frames: piece, framesPerSecond: 1 });
      await sleep(5, undefined, { signal });
    }
  } finally {
    await file.close();
  }
};
await startDaemon(config, run, createLog(config.logLevel));
process.stdout.write("ready\n");
