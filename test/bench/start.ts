import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { figure, type Figure } from "./report.ts";

const edin = path.join(import.meta.dirname, "../../dist/edin.js");

/** Seconds from the start of `edin serve` until it says where it listens: once in a new data folder, then again. */
export async function benchStart(dataDir: string, rounds: number): Promise<Figure[]> {
  const first = await startSeconds(dataDir);
  const again: number[] = [];
  for (let round = 0; round < rounds; round++) again.push(await startSeconds(dataDir));
  return [figure("start", "s, first time", [first]), figure("start", "s, after the first time", again)];
}

async function startSeconds(dataDir: string): Promise<number> {
  const start = performance.now();
  const args = [edin, "serve", "--port", "0", "--data-dir", dataDir];
  const daemon = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(daemon, "exit");
  await Promise.race([
    once(daemon.stdout, "data"),
    ended.then(() => Promise.reject(new Error("edin serve ended: run `npm run build` first"))),
  ]);
  const seconds = (performance.now() - start) / 1000;
  daemon.kill("SIGTERM");
  await ended;
  return seconds;
}
