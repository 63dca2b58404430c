import { readFile } from "node:fs/promises";
import path from "node:path";
import { discoveryFileName, discoverySchema, type Discovery } from "../../shared/protocol/discovery.ts";

/** The daemon that says it runs for `dataDir`; `undefined` when there is none, or when its process is gone. */
export async function findDaemon(dataDir: string): Promise<Discovery | undefined> {
  let text;
  try {
    text = await readFile(path.join(dataDir, discoveryFileName), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const discovery = parse(text);
  return discovery !== undefined && isAlive(discovery.pid) ? discovery : undefined;
}

/** What an older or half-removed daemon left is as good as nothing: a new one writes its own. */
function parse(text: string): Discovery | undefined {
  try {
    return discoverySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
