import path from "node:path";

/** A path of the command line, as seen from the folder where the command was given. */
export function toAbsolute(text: string): string {
  return path.resolve(text);
}
