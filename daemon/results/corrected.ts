import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { access, copyFile, link, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { corrector } from "../../shared/people/correct.ts";
import {
  correctionsSchema,
  type Correction,
  type CorrectionEntry,
  type Corrections,
} from "../../shared/protocol/corrections.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type Analysis,
  type Track,
} from "../../shared/protocol/results.ts";
import { newId } from "../store/newId.ts";
import { makeFolder, writeFileAtomic } from "../store/files.ts";
import { readLines } from "./exports/write.ts";
import { readAnalysis } from "./readResult.ts";
import { TrackSums } from "./tracks.ts";
import { FusedSums, HeardVoices } from "./voiceSums.ts";
import { OneByOne } from "../oneByOne.ts";
import { isMissing } from "../missing.ts";
import { readUserFile } from "../text/readTextFile.ts";
import { counted } from "../../shared/text/counted.ts";

const fileName = "corrections.json";
/** Ten thousand corrections; results that came in an archive may claim any number. */
const maxBytes = 5_000_000;
/** The results as corrected, made anew from the measured lines with each correction. */
export const correctedName = "corrected";

/** The folder whose files are to be read: the results as corrected, or as measured where nobody corrected them. */
export async function readFolder(folder: string): Promise<string> {
  const corrected = path.join(folder, correctedName);
  return access(path.join(corrected, "analysis.json")).then(
    () => corrected,
    () => folder,
  );
}

/** @throws AppError `invalid_request` for a file that is none */
export async function readCorrections(folder: string): Promise<readonly CorrectionEntry[]> {
  const file = path.join(folder, fileName);
  if (
    !(await access(file).then(
      () => true,
      () => false,
    ))
  )
    return [];
  const bytes = await readUserFile(file, maxBytes);
  try {
    return correctionsSchema.parse(JSON.parse(bytes.toString("utf8"))).entries;
  } catch (cause) {
    throw new AppError("invalid_request", `Mend ${file}; it cannot be read.`, {
      cause,
    });
  }
}

/** Adds a correction. @throws AppError `invalid_request` for a face that is not there, or for an end before its start */
export async function addCorrection(
  folder: string,
  by: string,
  asked: Correction,
): Promise<readonly CorrectionEntry[]> {
  return folders.run(folder, async () => {
    const entries = await readCorrections(folder);
    const analysis = await readAnalysis(await readFolder(folder));
    const correction = checked(asked, analysis, entries);
    return save(folder, [...entries, { id: newId(), at: new Date().toISOString(), by, correction }]);
  });
}

/** Takes a correction back. @throws AppError `not_found` */
export async function undoCorrection(
  folder: string,
  by: string,
  id: string,
): Promise<readonly CorrectionEntry[]> {
  return folders.run(folder, async () => {
    const entries = await readCorrections(folder);
    if (!entries.some((entry) => entry.id === id && entry.undone === undefined))
      throw new AppError("not_found", "There is no such correction. Reload the results.");
    const undone = { at: new Date().toISOString(), by };
    return save(
      folder,
      entries.map((entry) => (entry.id === id ? { ...entry, undone } : entry)),
    );
  });
}

function checked(
  asked: Correction,
  { tracks, voices = [] }: Analysis,
  entries: readonly CorrectionEntry[],
): Correction {
  const there = (track: number): void => {
    if (!tracks.some(({ id }) => id === track))
      throw new AppError("invalid_request", `There is no face ${track}. Reload the results.`);
  };
  const heard = (voice: number): void => {
    if (!voices.some(({ id }) => id === voice))
      throw new AppError("invalid_request", `There is no voice ${voice}. Reload the results.`);
  };
  if (asked.action === "voice_span") {
    // The next number is a new voice: also of one that was only made by a correction.
    const last = Math.max(0, ...voices.map(({ id }) => id));
    if (asked.voice !== last + 1) heard(asked.voice);
  } else if ("voice" in asked) heard(asked.voice);
  if ("track" in asked && asked.track !== null) there(asked.track);
  if (asked.action === "merge") there(asked.into);
  if (asked.action === "voice_merge") heard(asked.into);
  if ("into" in asked && asked.into === (asked.action === "merge" ? asked.track : asked.voice))
    throw new AppError("invalid_request", "A face or a voice is itself already. Name another one.");
  if ("endMs" in asked && asked.endMs <= asked.startMs)
    throw new AppError("invalid_request", "The end has to come after the start.");
  if (asked.action !== "split") return asked;
  const taken = [
    ...tracks.map(({ id }) => id),
    ...entries.flatMap(({ correction: one }) =>
      one.action === "split"
        ? [one.track, one.newTrack]
        : "track" in one && one.track !== null
          ? [one.track]
          : [],
    ),
  ];
  return { ...asked, newTrack: Math.max(0, ...taken) + 1 };
}

/** Corrections of one folder are written one after the other. */
const folders = new OneByOne();

/** The corrected results take the place of the older ones first: they are made again from the entries at any time. */
async function save(
  folder: string,
  entries: readonly CorrectionEntry[],
): Promise<readonly CorrectionEntry[]> {
  const value: Corrections = { schemaVersion: 1, entries: [...entries] };
  const text = `${JSON.stringify(value, null, 2)}\n`;
  await writeFileAtomic(path.join(folder, fileName), text);
  const target = path.join(folder, correctedName);
  const aside = path.join(folder, `.${correctedName}-${randomUUID()}`);
  const part = `${aside}.part`;
  try {
    if (entries.some(({ undone }) => undone === undefined)) await writeCorrected(folder, part, value, text);
    await rename(target, aside).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (entries.some(({ undone }) => undone === undefined)) await rename(part, target);
  } finally {
    for (const rest of [aside, part]) await rm(rest, { recursive: true, force: true });
  }
  return entries;
}

async function writeCorrected(
  folder: string,
  target: string,
  { entries }: Corrections,
  text: string,
): Promise<void> {
  const analysis = await readAnalysis(folder);
  const correct = corrector(entries, analysis.media.video);
  const tracks = new TrackSums();
  const fusion = new FusedSums();
  const voices = analysis.voices && new HeardVoices(correct.turns(analysis.voices));
  const count = { frames: 0, framesWithFace: 0, framesLowQuality: 0 };
  await makeFolder(target);
  await rewrite(folder, target, "frames.jsonl", frameLineSchema, (line) => {
    const corrected = correct.frame(line);
    tracks.push(corrected);
    count.frames++;
    if (corrected.state !== "no_face") count.framesWithFace++;
    if (corrected.state === "low_quality") count.framesLowQuality++;
    return corrected;
  });
  await rewrite(folder, target, "speech.jsonl", speechLineSchema, (measured) => {
    const line = correct.speech(voices?.told(measured) ?? measured);
    if (line !== undefined) voices?.add(line);
    return line;
  });
  await rewrite(folder, target, "fused.jsonl", fusedLineSchema, (line) => {
    const corrected = correct.fused(line);
    if (corrected !== undefined) fusion.push(corrected);
    return corrected;
  });
  await linkOrCopy(path.join(folder, "mel.jsonl"), path.join(target, "mel.jsonl"));
  const events = analysis.events.flatMap((event) => correct.event(event) ?? []);
  const moved = movedTracks(entries);
  const measured = new Map(analysis.tracks.map((track) => [track.id, track]));
  const active = entries.filter(({ undone }) => undone === undefined).length;
  const corrected: Analysis = {
    ...analysis,
    tracks: tracks.finish(events).map((track) => ({
      ...track,
      ...fusion.of(track.id),
      ...untold(track, measured.get(track.id), moved.has(track.id)),
      ...correct.about(track.id),
    })),
    ...(voices && {
      voices: voices.finish().flatMap((voice) => {
        const about = correct.aboutVoice(voice.id);
        return about === undefined ? [] : [{ ...voice, ...about }];
      }),
    }),
    events,
    summary: {
      ...analysis.summary,
      ...count,
      notes: [
        ...analysis.summary.notes,
        `Corrections of people, times and regions are applied (${active}); the lines as measured stay beside them.`,
        ...(correct.doubles() > 0
          ? [
              `In ${counted(correct.doubles(), "frame")} two faces are said to be one person: the larger one counts.`,
            ]
          : []),
      ],
    },
    corrected: { entries: active, sha256: createHash("sha256").update(text).digest("hex") },
  };
  await writeFile(path.join(target, "analysis.json"), JSON.stringify(corrected));
}

/** What lines do not tell is kept of a person who is the measured one; blinks that were not counted stay uncounted. */
function untold(track: Track, measured: Track | undefined, moved: boolean): Partial<Track> {
  const uncounted = measured !== undefined && measured.blinks === undefined && track.blinks !== undefined;
  return {
    ...(!moved && measured?.pulse && { pulse: measured.pulse }),
    ...(uncounted && { blinks: undefined, blinksPerMinute: undefined, blinkRate: undefined }),
  };
}

/** People whose frames are others' than were measured. */
function movedTracks(entries: readonly CorrectionEntry[]): Set<number> {
  return new Set(
    entries.flatMap(({ correction: one, undone }) => {
      if (undone !== undefined) return [];
      if (one.action === "merge") return [one.track, one.into];
      return one.action === "split" ? [one.track, one.newTrack] : [];
    }),
  );
}

async function rewrite<S extends z.ZodType>(
  folder: string,
  target: string,
  name: string,
  schema: S,
  change: (line: z.output<S>) => object | undefined,
): Promise<void> {
  const source = path.join(folder, name);
  // Results without sound have no such file.
  if (
    !(await access(source).then(
      () => true,
      () => false,
    ))
  )
    return;
  async function* lines(): AsyncGenerator<string> {
    for await (const line of readLines(source, schema)) {
      const changed = change(line);
      if (changed !== undefined) yield `${JSON.stringify(changed)}\n`;
    }
  }
  await pipeline(
    Readable.from(lines()),
    createWriteStream(path.join(target, name), { flags: "wx", mode: 0o600 }),
  );
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  await link(source, target).catch(() => copyFile(source, target).catch(() => undefined));
}
