import { readFile } from "node:fs/promises";
import path from "node:path";
import { Secret } from "../secret.ts";
import { writeFileAtomic } from "../store/files.ts";

/**
 * The token that a monitor reads the metrics with, and nothing else. It stays the same over restarts, in `metrics.token` of the
 * data folder: the file that Prometheus' `credentials_file` names.
 */
export async function openScrapeToken(dataDir: string): Promise<Secret> {
  const file = path.join(dataDir, "metrics.token");
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  });
  if (/^[\w-]{32,}$/.test(text)) return new Secret(text);
  const made = Secret.random();
  await writeFileAtomic(file, made.reveal());
  return made;
}
