import { randomUUID } from "node:crypto";
import path from "node:path";

/** A name beside `file`, on the same disk, that nobody else uses: written first, then renamed. */
export function temporaryName(file: string): string {
  const resolved = path.resolve(file);
  return path.join(path.dirname(resolved), `.${path.basename(resolved)}.${randomUUID()}.part`);
}
