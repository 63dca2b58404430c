import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import type * as z from "zod";
import { discoveryFileName, discoverySchema as sharedSchema } from "../../shared/protocol/discovery.ts";
import { Secret } from "../secret.ts";
import { writeFileAtomic } from "../store/files.ts";
import { isMissing } from "../missing.ts";

/** The shared schema, with a token that cannot be printed. */
const discoverySchema = sharedSchema.extend({
  token: sharedSchema.shape.token.transform((text) => new Secret(text)),
});

/** Where a running daemon can be found, and what it wants to hear. */
export type SecretDiscovery = z.infer<typeof discoverySchema>;

const fileOf = (dataDir: string) => path.join(dataDir, discoveryFileName);

/** For the user's own programs only: mode 0600, in a folder of mode 0700, whole or not at all. */
export async function writeDiscovery(dataDir: string, url: string, token: Secret): Promise<void> {
  const content = { version: 1, pid: process.pid, url, token: token.reveal() };
  await writeFileAtomic(fileOf(dataDir), JSON.stringify(content), { mode: 0o600 });
}

/** Undefined when no daemon uses the folder. The daemon may have died since: a call tells. */
export async function readDiscovery(dataDir: string): Promise<SecretDiscovery | undefined> {
  let text: string;
  try {
    text = await readFile(fileOf(dataDir), "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return discoverySchema.parse(JSON.parse(text));
}

/** Takes the file away that {@link writeDiscovery} wrote: the daemon has ended. */
export async function removeDiscovery(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}
