import { existsSync } from "node:fs";
import path from "node:path";
import { isNetworkPath } from "../../shared/text/networkPath.ts";

/** Where a file lies that another one names; undefined for a place on a server, which is never looked at. */
export function namedFile(folder: string, name: string): string | undefined {
  return isNetworkPath(name) ? undefined : path.resolve(folder, name);
}

/** Whether a clip that a file names is there; of a place on a server that stays open. */
export function clipMayBeThere(folder: string, name: string, exists = existsSync): boolean {
  const file = namedFile(folder, name);
  return file === undefined || exists(file);
}
