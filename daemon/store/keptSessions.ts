import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { instantSchema } from "../../shared/protocol/text.ts";
import {
  consentSchema,
  liveSessionSchema,
  recordedClipSchema,
  recordedInterviewSchema,
} from "../../shared/protocol/live.ts";
import { studyIdSchema } from "../../shared/protocol/studyFile.ts";
import type { Log } from "../log.ts";
import { recordingFolder, recordingsFolder, removeFolder, writeFileAtomic } from "./files.ts";
import { parseJson } from "../../shared/text/parseJson.ts";
import { noEntries } from "../missing.ts";

/** `session.json` beside a recording: how it came about. */
const keptSchema = z.object({
  id: z.uuid(),
  startedAt: instantSchema,
  /** Absent after a crash. */
  endedAt: instantSchema.optional(),
  source: liveSessionSchema.shape.source,
  pipeline: liveSessionSchema.shape.pipeline,
  config: z.record(z.string(), z.unknown()),
  consent: consentSchema.optional(),
  interview: recordedInterviewSchema.optional(),
  /** Of the participant whose recording it is. */
  studySession: studyIdSchema.optional(),
  /** What it shows of them. */
  shows: recordedClipSchema.optional(),
  recording: z.object({ path: z.string(), startMs: z.number() }),
});
export type KeptSession = z.infer<typeof keptSchema>;

export const keptName = "session.json";

/** Writes down a session that was recorded, beside its recording. */
export async function writeKept(dataDir: string, kept: KeptSession): Promise<void> {
  const file = path.join(recordingFolder(dataDir, kept.id), keptName);
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
  const broken: KeptSession[] = [];
  for (const name of await namesOf(folder)) {
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

/** Removes the folders of sessions that were killed before the first byte of their recording; returns their ids. */
export async function removeEmpty(dataDir: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await namesOf(recordingsFolder(dataDir))) {
    const folder = path.join(recordingsFolder(dataDir), name);
    const files = await readdir(folder).catch(() => undefined);
    const media = files?.filter((file) => file !== keptName) ?? [name];
    const sizes = await Promise.all(media.map(async (file) => (await stat(path.join(folder, file))).size));
    if (!z.uuid().safeParse(name).success || sizes.some((size) => size > 0)) continue;
    await removeFolder(folder);
    removed.push(name);
  }
  return removed;
}

/** A `session.json` as it may leave this machine: with names of files, not with their places; undefined for a damaged one. */
export function withoutPlaces(text: string): string | undefined {
  const parsed = keptSchema.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { source, recording, ...kept } = parsed.data;
  const portable: KeptSession = {
    ...kept,
    source: source.kind === "file" ? { ...source, path: path.basename(source.path) } : source,
    recording: { ...recording, path: path.basename(recording.path) },
  };
  return `${JSON.stringify(portable, null, 2)}\n`;
}

const namesOf = (folder: string): Promise<string[]> => readdir(folder).catch(noEntries);

async function readKept(folder: string): Promise<KeptSession> {
  const kept = keptSchema.parse(JSON.parse(await readFile(path.join(folder, keptName), "utf8")));
  // It lies beside its media, wherever the folder was when that was written down.
  kept.recording.path = path.join(folder, path.basename(kept.recording.path));
  return kept;
}
