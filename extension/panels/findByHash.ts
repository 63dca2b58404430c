import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import * as vscode from "vscode";
import type { Analysis } from "../../shared/protocol/results.ts";
import { mediaEndings } from "../../shared/mediaTypes.ts";

/** A clip in the workspace with these bytes, whatever it is called now; files of another size are not read. */
export async function findByHash(
  { sizeBytes, sha256 }: Pick<Analysis["media"], "sizeBytes" | "sha256">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles(`**/*.{${mediaEndings.join(",")}}`);
  for (const { fsPath } of found) {
    const size = await stat(fsPath).then(
      (stats) => stats.size,
      () => undefined,
    );
    if (size === sizeBytes && (await hash(fsPath, signal)) === sha256) return fsPath;
  }
  return undefined;
}

async function hash(file: string, signal: AbortSignal): Promise<string> {
  const sum = createHash("sha256");
  await pipeline(createReadStream(file), sum, { signal });
  return sum.digest("hex");
}
