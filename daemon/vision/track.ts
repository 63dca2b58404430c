import { likeness, type Appearance } from "./appearance.ts";
import { overlap, type Box } from "./boxes.ts";
import type { Crop } from "./crop.ts";
import { faceSquare } from "./faceSquare.ts";
import type { LandmarkReading } from "./landmarks.ts";

/** One person's face over the clip. */
export interface FaceTrack {
  /** From 1, in order of first appearance. */
  readonly id: number;
  /** As of the last frame in which the face was seen. */
  reading: LandmarkReading;
  square: Crop;
  seenMs: number;
  /** When the detector last found it. */
  detectedMs: number;
  /** When it was last checked that the face lies the way its landmarks say. */
  checkedMs: number;
  /** The detector does not see a face the way the landmarks say. */
  doubtful: boolean;
  /** Movement of the square, source pixels a millisecond; smoothed. */
  velocity: { x: number; y: number };
  /** Looks of this face, newest last. */
  readonly looks: Appearance[];
}

/** Looks kept of a face, and lost faces remembered: memory does not grow with the clip. */
const maxLooks = 6;
const maxLost = 64;
/** A look is added when it is less like the kept ones than this: they show the face from several sides. */
const newLook = 0.92;
/**
 * A lost face is the same as a new one from this likeness on, or from the lower one right where it was lost: two people under
 * one number are worse than one under two. Of the pairs of photographs of two persons 0.7 % are over 0.75 and 0.1 % over 0.8;
 * of the pairs of one person in seven clips 96 % and 94 % (test/eval/identity.ts).
 */
const sameFace = 0.8;
const sameFaceThere = 0.5;
/** How long a lost face is still expected where it was, milliseconds. */
const expectedMs = 1000;
/** Two tracks on one face overlap more than this. */
const onOneFace = 0.5;

/**
 * Identities over the clip. Tracks in view follow their face frame by frame; a face that comes into view gets the id
 * of the lost face that it looks like, or a new one. Pure bookkeeping: no pictures, no networks.
 */
export class FaceTracks {
  readonly #inView: FaceTrack[] = [];
  /** Newest last. */
  readonly #lost: FaceTrack[] = [];
  #nextId = 1;

  /** Tracks whose face is in the present frame, by id. */
  get inView(): readonly FaceTrack[] {
    return this.#inView;
  }

  /** Where the face is expected at `timeMs`: constant velocity. */
  expected({ square, velocity, seenMs }: FaceTrack, timeMs: number): Crop {
    const dt = timeMs - seenMs;
    return { ...square, cx: square.cx + velocity.x * dt, cy: square.cy + velocity.y * dt };
  }

  /** The track's face was found. */
  move(track: FaceTrack, reading: LandmarkReading, timeMs: number): void {
    const square = faceSquare(reading.landmarks);
    const dt = timeMs - track.seenMs;
    if (dt > 0) {
      const mix = (old: number, now: number): number => 0.5 * old + 0.5 * now;
      track.velocity.x = mix(track.velocity.x, (square.cx - track.square.cx) / dt);
      track.velocity.y = mix(track.velocity.y, (square.cy - track.square.cy) / dt);
    }
    track.reading = reading;
    track.square = square;
    track.seenMs = timeMs;
  }

  /** The face left the view, or what followed it is no longer sure of it. */
  lose(track: FaceTrack): void {
    this.#inView.splice(this.#inView.indexOf(track), 1);
    this.#lost.push(track);
    if (this.#lost.length > maxLost) this.#lost.shift();
  }

  /** What was followed was no face, or not this one. */
  forget(track: FaceTrack): void {
    this.#inView.splice(this.#inView.indexOf(track), 1);
  }

  /** After a cut nothing is where it was. */
  loseAll(): void {
    for (const track of [...this.#inView]) this.lose(track);
  }

  /** Tracks that ended up on one face, as pairs. */
  collisions(): [FaceTrack, FaceTrack][] {
    const pairs: [FaceTrack, FaceTrack][] = [];
    for (const [i, a] of this.#inView.entries())
      for (const b of this.#inView.slice(i + 1))
        if (overlap(upright(a.square), upright(b.square)) > onOneFace) pairs.push([a, b]);
    return pairs;
  }

  /** The track in view that stands where `square` is, best overlap first. */
  at(square: Crop, among: readonly FaceTrack[] = this.#inView): FaceTrack | undefined {
    let best: FaceTrack | undefined;
    let score = 0.3;
    for (const track of among) {
      const shared = overlap(upright(track.square), upright(square));
      if (shared > score) [best, score] = [track, shared];
    }
    return best;
  }

  /** Gives a face that no track in view follows its identity. With `fresh` (after a cut) its place says nothing. */
  enter(reading: LandmarkReading, look: Appearance, timeMs: number, fresh: boolean): FaceTrack {
    const square = faceSquare(reading.landmarks);
    let best: FaceTrack | undefined;
    let score = 0;
    for (const track of this.#lost) {
      const alike = this.alike(track, look);
      const there =
        !fresh &&
        timeMs - track.seenMs <= expectedMs &&
        overlap(upright(track.square), upright(square)) > 0.3;
      if (alike >= (there ? sameFaceThere : sameFace) && alike + (there ? 0.3 : 0) > score)
        [best, score] = [track, alike + (there ? 0.3 : 0)];
    }
    if (best !== undefined) this.#lost.splice(this.#lost.indexOf(best), 1);
    const state = {
      reading,
      square,
      seenMs: timeMs,
      detectedMs: timeMs,
      checkedMs: timeMs,
      doubtful: false,
      velocity: { x: 0, y: 0 },
    };
    const track =
      best === undefined ? { id: this.#nextId++, looks: [], ...state } : Object.assign(best, state);
    this.remember(track, look);
    this.#inView.push(track);
    this.#inView.sort((a, b) => a.id - b.id);
    return track;
  }

  /** How much a look is like the track's own: the best of the kept ones. */
  alike(track: FaceTrack, look: Appearance): number {
    return track.looks.reduce((best, own) => Math.max(best, likeness(own, look)), -1);
  }

  /** Keeps a look of a face that stands free. The first one stays; the others make room for newer ones. */
  remember(track: FaceTrack, look: Appearance): void {
    if (this.alike(track, look) > newLook) return;
    track.looks.push(look);
    if (track.looks.length > maxLooks) track.looks.splice(1, 1);
  }
}

/** The square without its roll. */
export function upright({ cx, cy, side }: Crop): Box {
  return { x: cx - side / 2, y: cy - side / 2, width: side, height: side };
}
