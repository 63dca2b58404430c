import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import * as vscode from "vscode";
import type { Analysis } from "../../shared/protocol/results.ts";
import { mediaEndings, mediaType } from "../../shared/mediaTypes.ts";

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

/** The bytes of a clip, for a player. */
export function openClip(file: string, signal: AbortSignal) {
  const type = mediaType(path.basename(file));
  return { type, body: createReadStream(file, { signal, highWaterMark: 1 << 20 }) };
}

async function hash(file: string, signal: AbortSignal): Promise<string> {
  const sum = createHash("sha256");
  await pipeline(createReadStream(file), sum, { signal });
  return sum.digest("hex");
}
