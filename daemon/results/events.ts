import type { AnalysisEvent, Face, FrameLine, Gaze } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import { maxBlinkIntervalMs } from "./frameIntervals.ts";
import { SpellFinder, type Spell, type SpellRule } from "./spells.ts";

/**
 * Closed for one frame at 30 fps up to 500 ms; longer is not a blink (Stern, Walrath, Goldstein 1984). On 1 - mean openness. Lids that come
 * down without closing reach 0.49 to 0.89 on clips of grimaces, for 200 ms and more; blinks reach 0.97 to 1, or 0.72 and more where the lids
 * met between two frames of a video of 24 fps.
 */
const blinkRule: SpellRule = {
  ...{ enter: 0.5, leave: 0.4, peak: 0.93, brief: { maxMs: 100, peak: 0.65 } },
  ...{ minMs: 30, maxMs: 500, samples: 1 },
};
/** Away for at least 300 ms and in two frames: a glance is longer than a saccade. On the angle from the camera, 0 when not away. */
const awayRule = { enter: 1, leave: 1, peak: 0, minMs: 300, maxMs: Infinity, samples: 2 };

interface Watch {
  readonly blink: SpellFinder;
  readonly away: SpellFinder;
  lastMs: number;
}

/**
 * Events of a clip, from its frames in turn: `blink` (value: how far the eyes closed, 0..1), `gaze_away` (value:
 * greatest angle from the camera, degrees) for each track, and `scene_cut`.
 */
export class EventFinder {
  readonly #found: AnalysisEvent[] = [];
  readonly #watches = new Map<number, Watch>();
  #taken = 0;

  /** @param more events that the pipeline found itself */
  push({ timeMs, faces }: FrameLine, cut: boolean, more: readonly AnalysisEvent[] = []): void {
    for (const { value, ...event } of more)
      this.#found.push({ ...event, ...(value !== undefined && { value: round(value, 3) }) });
    if (cut) this.#found.push({ kind: "scene_cut", startMs: timeMs, endMs: timeMs });
    for (const [track, watch] of this.#watches)
      if (!faces.some((face) => face.track === track)) this.#end(track, watch);
    for (const face of faces) this.#see(face, timeMs);
  }

  /** Those found since this was called last, in the order in which they were found. */
  take(): AnalysisEvent[] {
    const fresh = this.#found.slice(this.#taken);
    this.#taken = this.#found.length;
    return fresh;
  }

  /** All events in order of time, after the last frame. */
  finish(): AnalysisEvent[] {
    for (const [track, watch] of this.#watches) this.#end(track, watch);
    return this.#found.sort((a, b) => a.startMs - b.startMs || (a.track ?? 0) - (b.track ?? 0));
  }

  #see({ track, eyes, gaze, state }: Face, timeMs: number): void {
    let watch = this.#watches.get(track);
    if (watch === undefined) {
      watch = { blink: new SpellFinder(blinkRule), away: new SpellFinder(awayRule), lastMs: timeMs };
      this.#watches.set(track, watch);
    }
    const apartMs = timeMs - watch.lastMs;
    watch.lastMs = timeMs;
    // Eyes of a face that cannot be trusted say nothing: a spell that goes on ends here.
    if (state !== "ok" || eyes === undefined) {
      this.#end(track, watch);
      return;
    }
    // How long lids were closed between frames that are far apart, nobody knows.
    const closing = watch.blink.push(timeMs, 1 - (eyes.right.open + eyes.left.open) / 2);
    if (apartMs <= maxBlinkIntervalMs) this.#add("blink", track, closing);
    else watch.blink.end(timeMs);
    // A blink hides the gaze for a moment; it goes on as it was.
    if (gaze) this.#add("gaze_away", track, watch.away.push(timeMs, gaze.away ? angle(gaze) : 0));
  }

  #end(track: number, { blink, away, lastMs }: Watch): void {
    blink.end(lastMs);
    this.#add("gaze_away", track, away.end(lastMs));
    this.#watches.delete(track);
  }

  #add(kind: "blink" | "gaze_away", track: number, spell: Spell | undefined): void {
    if (spell === undefined) return;
    const { peak, ...times } = spell;
    this.#found.push({ kind, track, ...times, value: round(peak, kind === "blink" ? 3 : 1) });
  }
}

/** Angle between the gaze and the line to the camera, degrees. */
function angle({ pitchDeg, yawDeg }: Gaze): number {
  const radians = Math.PI / 180;
  return Math.acos(Math.cos(pitchDeg * radians) * Math.cos(yawDeg * radians)) / radians;
}
