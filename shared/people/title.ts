import type { Track } from "../protocol/results.ts";

/** What a person of a clip is called: the name that somebody gave, or the face's number. */
export function personTitle(tracks: readonly Track[], track: number): string {
  const named = tracks.find(({ id }) => id === track);
  const name = named?.name ?? named?.participant;
  return name === undefined ? `Face ${track}` : `${name} (face ${track})`;
}
