import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { consentSchema, interviewSchema, liveSessionSchema } from "../../shared/protocol/live.ts";
import type { Log } from "../log.ts";
import { recordingFolder, recordingsFolder, writeFileAtomic } from "./files.ts";

/** `session.json` beside a recording: how it came about. */
const keptSchema = z.object({
  id: z.uuid(),
  startedAt: z.iso.datetime(),
  /** Absent after a crash. */
  endedAt: z.iso.datetime().optional(),
  source: liveSessionSchema.shape.source,
  pipeline: liveSessionSchema.shape.pipeline,
  config: z.record(z.string(), z.unknown()),
  consent: consentSchema.optional(),
  interview: interviewSchema.optional(),
  recording: z.object({ path: z.string(), startMs: z.number() }),
});
export type KeptSession = z.infer<typeof keptSchema>;

const fileName = "session.json";

export async function writeKept(dataDir: string, kept: KeptSession): Promise<void> {
  const file = path.join(recordingFolder(dataDir, kept.id), fileName);
  await writeFileAtomic(file, `${JSON.stringify(kept, null, 2)}\n`);
}

/** Whether a live session has yet to complete this recording. */
export async function isBeingRecorded(dataDir: string, id: string): Promise<boolean> {
  try {
    return (await readKept(recordingFolder(dataDir, id))).endedAt === undefined;
  } catch {
    // Without a readable session.json no session goes on with it, and no start recovers it.
    return false;
  }
}

/** Sessions with a recording that did not come to their end: the daemon was killed. */
export async function listBroken(dataDir: string, log: Log): Promise<KeptSession[]> {
  const folder = recordingsFolder(dataDir);
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  const broken: KeptSession[] = [];
  for (const name of names) {
    try {
      const kept = await readKept(path.join(folder, name));
      const { size } = await stat(kept.recording.path);
      if (kept.id === name && kept.endedAt === undefined && size > 0) broken.push(kept);
    } catch (error) {
      log.warn("recording_unknown", { name, error });
    }
  }
  return broken;
}

async function readKept(folder: string): Promise<KeptSession> {
  return keptSchema.parse(JSON.parse(await readFile(path.join(folder, fileName), "utf8")));
}
