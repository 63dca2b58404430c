import type { HeardVoice, Track } from "../protocol/results.ts";

/** What a person of a clip is called: the name that somebody gave, or the face's number. */
export function personTitle(tracks: readonly Track[], track: number): string {
  const named = tracks.find(({ id }) => id === track);
  const name = named?.name ?? named?.participant;
  return name === undefined ? `Face ${track}` : `${name} (face ${track})`;
}

/** What a voice of a clip is called. */
export function voiceTitle({
  id,
  name,
  participant,
}: Pick<HeardVoice, "id" | "name" | "participant">): string {
  const known = name ?? participant;
  return known === undefined ? `Voice ${id}` : `${known} (voice ${id})`;
}
