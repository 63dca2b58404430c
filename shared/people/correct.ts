import type { Correction, CorrectionEntry } from "../protocol/corrections.ts";
import type {
  AnalysisEvent,
  Face,
  FrameLine,
  FusedLine,
  HeardVoice,
  SpeechLine,
  Track,
} from "../protocol/results.ts";

/** The corrections of a clip as functions of its lines. Pure: a line comes in as it was measured, and is not changed. */
export interface Corrector {
  frame(line: FrameLine): FrameLine;
  /** @param line with its voice as corrected. @returns undefined: it counts for nothing */
  speech(line: SpeechLine): SpeechLine | undefined;
  fused(line: FusedLine): FusedLine | undefined;
  event(event: AnalysisEvent): AnalysisEvent | undefined;
  /** What is said of a person. */
  about(track: number): Pick<Track, "name" | "participant">;
  /** Who speaks when, in order of time. */
  turns(voices: readonly Pick<HeardVoice, "id" | "turns">[]): Turn[];
  /** What is said of a voice: also of the face that it belongs to. undefined for one that is ignored. */
  aboutVoice(voice: number): Pick<HeardVoice, "name" | "participant" | "track"> | undefined;
  /** Frames in which two faces of one person were seen: the larger was kept. */
  readonly doubles: () => number;
}

/** A stretch in which one voice speaks. */
interface Turn {
  readonly voice: number;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * @param entries in the order in which they apply; those taken back are passed over
 * @param picture its size, for regions
 */
export function corrector(
  entries: readonly CorrectionEntry[],
  picture: { readonly width: number; readonly height: number } | undefined,
): Corrector {
  const live = entries.flatMap(({ correction, undone }) => (undone === undefined ? [correction] : []));
  const about = aboutPeople(live);
  const voices = aboutVoices(live);
  let doubles = 0;
  const personAt = (track: number, timeMs: number) => personOf(live, track, timeMs);
  const isOut = (timeMs: number): boolean =>
    live.some((one) => one.action === "exclude" && one.region === undefined && within(one, timeMs));
  const isMasked = ({ box }: Face, timeMs: number): boolean =>
    picture !== undefined &&
    live.some((one) => one.action === "exclude" && within(one, timeMs) && covers(one.region, box, picture));
  return {
    frame(line) {
      const out = isOut(line.timeMs);
      const people = new Map<number, Face>();
      for (const face of out ? [] : line.faces) {
        const track = personAt(face.track, line.timeMs);
        if (track === undefined || isMasked(face, line.timeMs)) continue;
        const known = people.get(track);
        if (known !== undefined) doubles++;
        if (known === undefined || area(face) > area(known)) people.set(track, { ...face, track });
      }
      const faces = [...people.values()];
      const state = faces.some((face) => face.state === "ok")
        ? "ok"
        : faces.length > 0
          ? "low_quality"
          : "no_face";
      return { ...line, state, faces };
    },
    speech(line) {
      const middleMs = (line.startMs + line.endMs) / 2;
      if (isOut(middleMs)) return undefined;
      if (line.voice !== undefined && voices.ignored.has(line.voice)) return undefined;
      const { track: measured, ...rest } = line;
      const said = live.findLast((one) => one.action === "voice" && within(one, middleMs));
      const linked = line.voice === undefined ? undefined : voices.about.get(line.voice)?.track;
      const owner = said?.action === "voice" ? (said.track ?? undefined) : (linked ?? measured);
      if (owner === undefined) return rest;
      const track = personAt(owner, middleMs);
      return track === undefined ? undefined : { ...rest, track };
    },
    fused(line) {
      if (isOut(line.timeMs)) return undefined;
      if (line.track === undefined) return line;
      const track = personAt(line.track, line.timeMs);
      return track === undefined ? undefined : { ...line, track };
    },
    event(event) {
      if (event.track === undefined) return event;
      const track = personAt(event.track, event.startMs);
      return track === undefined || isOut(event.startMs) ? undefined : { ...event, track };
    },
    about: (track) => about.get(track) ?? {},
    turns: (measured) =>
      correctedTurns(live, measured).filter((turn) => !isOut((turn.startMs + turn.endMs) / 2)),
    aboutVoice(voice) {
      if (voices.ignored.has(voice)) return undefined;
      const said = voices.about.get(voice);
      return { ...(said?.track !== undefined && about.get(said.track)), ...said };
    },
    doubles: () => doubles,
  };
}

/** Who a measured face is at a time; undefined for somebody who is ignored. */
function personOf(live: readonly Correction[], track: number, timeMs: number): number | undefined {
  let person = track;
  for (const one of live) {
    if (one.action === "split" && one.track === person && timeMs >= one.atMs) person = one.newTrack;
    else if (one.action === "merge" && one.track === person) person = one.into;
    else if (one.action === "ignore" && one.track === person) return undefined;
  }
  return person;
}

function aboutPeople(live: readonly Correction[]): Map<number, Pick<Track, "name" | "participant">> {
  const about = new Map<number, Pick<Track, "name" | "participant">>();
  for (const one of live) {
    if (one.action === "name") about.set(one.track, { ...about.get(one.track), name: one.name });
    if (one.action === "participant")
      about.set(one.track, { ...about.get(one.track), participant: one.participant });
  }
  return about;
}

interface VoicesSaid {
  readonly about: ReadonlyMap<number, Pick<HeardVoice, "name" | "participant" | "track">>;
  readonly ignored: ReadonlySet<number>;
}

function aboutVoices(live: readonly Correction[]): VoicesSaid {
  const about = new Map<number, Pick<HeardVoice, "name" | "participant" | "track">>();
  const ignored = new Set<number>();
  const say = (voice: number, more: Pick<HeardVoice, "name" | "participant" | "track">): void => {
    about.set(voice, { ...about.get(voice), ...more });
  };
  for (const one of live) {
    if (one.action === "voice_name") say(one.voice, { name: one.name });
    if (one.action === "voice_participant") say(one.voice, { participant: one.participant });
    if (one.action === "voice_face") say(one.voice, { track: one.track });
    if (one.action === "voice_ignore") ignored.add(one.voice);
  }
  return { about, ignored };
}

/** Turns are cut where somebody says that another voice speaks, or that a time counts for nothing. */
function correctedTurns(
  live: readonly Correction[],
  voices: readonly Pick<HeardVoice, "id" | "turns">[],
): Turn[] {
  const spans = live.filter((one) => one.action === "voice_span" || one.action === "exclude");
  const cuts = spans.flatMap(({ startMs, endMs }) => [startMs, endMs]).sort((a, b) => a - b);
  const turns = voices.flatMap(({ id, turns: measured }) =>
    measured.flatMap(([startMs, endMs]) => {
      const ends = [...cuts.filter((cut) => cut > startMs && cut < endMs), endMs];
      return ends.map((end, i): Turn => {
        const from = i === 0 ? startMs : ends[i - 1]!;
        return { voice: voiceOf(live, id, (from + end) / 2), startMs: from, endMs: end };
      });
    }),
  );
  return turns.sort((a, b) => a.startMs - b.startMs);
}

/** Whose a measured voice is at a time. */
function voiceOf(live: readonly Correction[], measured: number, timeMs: number): number {
  let voice = measured;
  for (const one of live) {
    if (one.action === "voice_span" && within(one, timeMs)) voice = one.voice;
    else if (one.action === "voice_merge" && one.voice === voice) voice = one.into;
  }
  return voice;
}

const within = ({ startMs, endMs }: { startMs: number; endMs: number }, timeMs: number): boolean =>
  timeMs >= startMs && timeMs < endMs;

/** The middle of a face lies in the region. */
function covers(
  region: readonly [number, number, number, number] | undefined,
  [x, y, width, height]: Face["box"],
  picture: { readonly width: number; readonly height: number },
): boolean {
  if (region === undefined) return false;
  const [left, top, wide, high] = region;
  const middle = [(x + width / 2) / picture.width, (y + height / 2) / picture.height] as const;
  return middle[0] >= left && middle[0] < left + wide && middle[1] >= top && middle[1] < top + high;
}

const area = ({ box }: Face): number => box[2] * box[3];
