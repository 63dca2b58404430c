import { isAppError } from "../../shared/errors.ts";
import type { MediaInfo, SoundTrack } from "../../shared/protocol/results.ts";
import type { Model } from "../inference/models.ts";
import { decodeAudio } from "../media/decodeAudio.ts";
import type { MediaOptions } from "../media/ffmpeg.ts";
import { probeMedia } from "../media/probe.ts";
import { VoiceActivity } from "../speech/activity.ts";

/** A track has a voice when somebody speaks for this long; less may be a noise that passes for one. */
const minVoiceMs = 500;

export interface ChosenSound {
  readonly media: MediaInfo;
  /** What was heard and what was left out. */
  readonly notes: readonly string[];
}

/**
 * Of several sound tracks the one to hear: the one that was asked for, else the first with a voice, else the first that
 * can be decoded. Tracks are listened to only until that is known.
 * @param asked from 1; `media` was probed with it
 * @throws AppError of the media; the signal's reason on abort
 */
export async function chooseSoundTrack(
  mediaPath: string,
  media: MediaInfo,
  asked: number | undefined,
  voice: Model,
  options: MediaOptions,
): Promise<ChosenSound> {
  const { soundTracks: tracks, audio } = media;
  if (tracks === undefined || audio === undefined) return { media, notes: [] };
  if (asked !== undefined) return { media, notes: [chosenNote(tracks, asked, "as asked for", new Map())] };
  const readable = tracks.filter((track) => track.readable);
  if (readable.length === 1) return { media, notes: unreadableSoundNotes(tracks) };
  const silent = new Map<number, string>();
  for (const { track } of readable) {
    const candidate = await probeMedia(mediaPath, { ...options, audioTrack: track });
    try {
      if (await hasVoice(mediaPath, candidate, voice, options))
        return {
          media: candidate,
          notes: [chosenNote(tracks, track, "the first with a voice", silent)],
        };
      silent.set(track, "no voice");
    } catch (error) {
      if (!isAppError(error, "media_unreadable")) throw error;
      silent.set(track, "not decodable here");
    }
  }
  const first = readable.find(({ track }) => silent.get(track) === "no voice") ?? readable[0]!;
  return {
    media: await probeMedia(mediaPath, { ...options, audioTrack: first.track }),
    notes: [chosenNote(tracks, first.track, "none has a voice", silent)],
  };
}

async function hasVoice(
  mediaPath: string,
  media: MediaInfo,
  voice: Model,
  options: MediaOptions,
): Promise<boolean> {
  const activity = new VoiceActivity(voice);
  let voicedMs = 0;
  for await (const { samples } of decodeAudio(mediaPath, media, {
    ...options,
    sampleRateHz: activity.sampleRateHz,
  })) {
    // Digital silence is not worth a look.
    if (samples.every((sample) => sample === 0)) continue;
    for (const { voiced, startMs, endMs } of await activity.next(samples))
      if (voiced) voicedMs += endMs - startMs;
    if (voicedMs >= minVoiceMs) return true;
  }
  return false;
}

const nameOf = ({ track, title, language }: SoundTrack): string =>
  `${track}${title === undefined ? (language === undefined ? "" : ` (${language})`) : ` (${title})`}`;

function chosenNote(
  tracks: readonly SoundTrack[],
  chosen: number,
  why: string,
  known: ReadonlyMap<number, string>,
): string {
  const left = tracks
    .filter(({ track }) => track !== chosen)
    .map((track) => {
      const what = track.readable ? known.get(track.track) : `${track.codec}, not decodable here`;
      return `${nameOf(track)}${what === undefined ? "" : `: ${what}`}`;
    });
  const it = nameOf(tracks[chosen - 1]!);
  return `Sound track ${it} of ${tracks.length} was heard: ${why}. Left out: track ${left.join("; track ")}. --audio-track or the setting audioTrack hears another one.`;
}

/** Where one track is left to hear, or none. */
export function unreadableSoundNotes(tracks: readonly SoundTrack[]): string[] {
  return tracks
    .filter(({ readable }) => !readable)
    .map(
      (track) =>
        `Sound track ${nameOf(track)} of ${tracks.length} is of a kind (${track.codec}) that ffmpeg here does not decode: it was not heard.`,
    );
}
