import type { Face, FrameLine, FusedLine, SpeechLine } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import { VoiceOwner } from "../fusion/voiceOwner.ts";
import type { Model } from "../inference/models.ts";
import { Fusion, ownedLine, type FuseOptions, type Fusing } from "./fuse.ts";
import type { Meter } from "./meter.ts";
import type { VoiceWindow } from "../speech/activity.ts";
import type { SpeechStep } from "./speech.ts";

/** Without a frame for this long, or for two frames of a slow clip, voice is fused alone, a line a step of speech. */
const pictureLastsMs = 500;
/** A segment is longer than what is said: the voice counts where it sounds, and over pauses of up to twice this. */
const voiceReachMs = 400;

/** A time that is to be fused as soon as the voice around it is known. */
interface Waiting {
  readonly timeMs: number;
  readonly faces: readonly Face[];
  /** Middle of what the line stands for. */
  readonly middleMs: number;
}

/**
 * Brings faces and voice of a recorded clip together at the time they belong to: a face with the segment of speech whose
 * middle is nearest, which ends a good second later, where somebody speaks. Faces come aligned (`align.ts`). What waits is what was seen in
 * about a segment's half, whatever the length of the clip.
 */
export class RecordedFuser implements Fusing {
  readonly #fusion: Fusion;
  readonly #stepMs: number;
  readonly #owner = new VoiceOwner();
  /** Those that a waiting time may still need, in order. */
  readonly #segments: SpeechLine[] = [];
  readonly #waiting: Waiting[] = [];
  /** Windows with voice that a waiting time may still need, in order. */
  readonly #voiced: VoiceWindow[] = [];
  #silent = false;
  #nextMs = -Infinity;
  #lastFrameMs = -Infinity;
  #intervalMs = 0;

  constructor(man: Model, meter: Meter, { fusedStepMs }: FuseOptions) {
    this.#fusion = new Fusion(man, meter);
    this.#stepMs = fusedStepMs;
  }

  async hear(step: SpeechStep): Promise<{ line?: SpeechLine; fused: FusedLine[] }> {
    this.#owner.hear(step.windows);
    this.#voiced.push(...step.windows.filter(({ voiced }) => voiced));
    const line = ownedLine(step, this.#owner.owner(step.endMs));
    if (line !== undefined) this.#segments.push(line);
    if (step.endMs - this.#lastFrameMs > Math.max(pictureLastsMs, 2 * this.#intervalMs)) {
      const timeMs = round(step.startMs, 3);
      this.#waiting.push({ timeMs, faces: [], middleMs: (step.startMs + step.endMs) / 2 });
    }
    return { ...(line && { line }), fused: await this.#settle() };
  }

  async see({ timeMs, faces }: FrameLine): Promise<FusedLine[]> {
    this.#owner.see(timeMs, faces);
    if (this.#lastFrameMs !== -Infinity) this.#intervalMs = timeMs - this.#lastFrameMs;
    this.#lastFrameMs = timeMs;
    if (timeMs >= this.#nextMs) {
      this.#nextMs = (Math.floor(timeMs / this.#stepMs) + 1) * this.#stepMs;
      this.#waiting.push({ timeMs, faces, middleMs: timeMs });
    }
    return this.#settle();
  }

  silence(): Promise<FusedLine[]> {
    this.#silent = true;
    return this.#settle();
  }

  /** Fuses what waits for no later segment. */
  async #settle(): Promise<FusedLine[]> {
    const lines: FusedLine[] = [];
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const last = this.#segments.at(-1);
      if (!this.#silent && (last === undefined || middleOf(last) < first.middleMs)) break;
      this.#waiting.shift();
      lines.push(...(await this.#fusion.lines(first.timeMs, first.faces, this.#voiceAt(first.middleMs))));
    }
    return lines;
  }

  /** The segment whose middle is nearest to this time, where there is voice. */
  #voiceAt(timeMs: number): SpeechLine | undefined {
    const distance = (line: SpeechLine): number => Math.abs(middleOf(line) - timeMs);
    while (this.#segments.length > 1 && distance(this.#segments[1]!) <= distance(this.#segments[0]!))
      this.#segments.shift();
    const nearest = this.#segments[0];
    while (this.#voiced.length > 0 && this.#voiced[0]!.endMs < timeMs - voiceReachMs) this.#voiced.shift();
    const sounds = this.#voiced.length > 0 && this.#voiced[0]!.startMs <= timeMs + voiceReachMs;
    return sounds && nearest && timeMs <= nearest.endMs ? nearest : undefined;
  }
}

const middleOf = ({ startMs, endMs }: SpeechLine): number => (startMs + endMs) / 2;
