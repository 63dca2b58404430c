import { fusedLabels } from "../../shared/emotion/labels.ts";
import type { Face, FrameLine, FusedLine, SpeechLine } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import {
  createAggregator,
  type Aggregator,
  type FusedProbabilities,
  type Modalities,
} from "../fusion/aggregator.ts";
import { VoiceOwner } from "../fusion/voiceOwner.ts";
import type { Model } from "../inference/models.ts";
import type { Happening } from "./join.ts";
import type { Meter } from "./meter.ts";
import type { Moment } from "./moment.ts";
import type { SpeechStep } from "./speech.ts";
import type { Stage } from "./stage.ts";

export interface FuseOptions {
  /** The first frame of every step of this length is fused, milliseconds. */
  readonly fusedStepMs: number;
}

/** Brings what is seen and heard together; all calls in order of time. */
export interface Fusing {
  /** A step of speech: its segment's line, with the face that speaks, and what can be fused now. */
  hear(step: SpeechStep): Promise<{ line?: SpeechLine; fused: FusedLine[] }>;
  see(line: FrameLine): Promise<FusedLine[]>;
  /** No sound comes any more. */
  silence(): Promise<FusedLine[]>;
}

/** Faces and voices -> the same, each followed by what can be fused then. */
export function fuse(fuser: Fusing): Stage<Happening, Moment> {
  return async function* (happenings) {
    for await (const happening of happenings) {
      if ("frame" in happening) {
        yield happening;
        yield { fused: await fuser.see(happening.frame.line) };
      } else if ("sound" in happening) {
        const { line, fused } = await fuser.hear(happening.sound);
        yield { ...happening, ...(line && { speech: line }) };
        yield { fused };
      } else yield { fused: await fuser.silence() };
    }
  };
}

/** A segment of speech is good for this long after its end; the next one comes after half a second. */
const segmentLastsMs = 1000;
/** Without a frame for this long, voice is fused alone, as often as it is read. */
const pictureLastsMs = 500;

type State = FusedLine["state"];

/**
 * Whose voice it is, and one emotion for each face and time step from what is known at that time: for live sources, it
 * looks at the past only. `fuseRecorded.ts` has the one for clips.
 */
export class Fuser implements Fusing {
  readonly #fusion: Fusion;
  readonly #stepMs: number;
  readonly #owner = new VoiceOwner();
  #voice: SpeechLine | undefined;
  #nextMs = -Infinity;
  #lastFrameMs = -Infinity;

  constructor(man: Model, meter: Meter, { fusedStepMs }: FuseOptions) {
    this.#fusion = new Fusion(man, meter);
    this.#stepMs = fusedStepMs;
  }

  /** Without a picture the voice is fused alone. */
  async hear(step: SpeechStep): Promise<{ line?: SpeechLine; fused: FusedLine[] }> {
    this.#owner.hear(step.windows);
    const line = ownedLine(step, this.#owner.owner(step.endMs));
    if (line === undefined) return { fused: [] };
    this.#voice = line;
    const blind = step.endMs - this.#lastFrameMs > pictureLastsMs;
    return { line, fused: blind ? await this.#fuse(round(step.endMs, 3), []) : [] };
  }

  /** A frame; the result is empty for all but the first of a time step. */
  async see({ timeMs, faces }: FrameLine): Promise<FusedLine[]> {
    this.#owner.see(timeMs, faces);
    this.#lastFrameMs = timeMs;
    if (timeMs < this.#nextMs) return [];
    this.#nextMs = (Math.floor(timeMs / this.#stepMs) + 1) * this.#stepMs;
    return this.#fuse(timeMs, faces);
  }

  silence(): Promise<FusedLine[]> {
    return Promise.resolve([]);
  }

  #fuse(timeMs: number, faces: readonly Face[]): Promise<FusedLine[]> {
    const voice = this.#voice && timeMs - this.#voice.endMs < segmentLastsMs ? this.#voice : undefined;
    return this.#fusion.lines(timeMs, faces, voice);
  }
}

/** The segment's line of a step of speech, with its owner where there is a voice. */
export function ownedLine({ line }: SpeechStep, owner: number | undefined): SpeechLine | undefined {
  return line === undefined || owner === undefined || line.state === "no_speech"
    ? line
    : { ...line, track: owner };
}

/** The Multimodal Aggregator Network over everybody who is there at one time. */
export class Fusion {
  readonly #aggregator: Aggregator;
  readonly #meter: Meter;

  constructor(man: Model, meter: Meter) {
    this.#aggregator = createAggregator(man);
    this.#meter = meter;
  }

  /** A line a person: each face, with the voice if it is its own, and the voice if it is nobody's in the picture. */
  async lines(timeMs: number, faces: readonly Face[], voice: SpeechLine | undefined): Promise<FusedLine[]> {
    const people = personsOf(faces, voice);
    const heard = people.filter(({ face, speech }) => face ?? speech);
    const fused =
      heard.length === 0 ? [] : await this.#meter.time("fuse", () => this.#aggregator.fuse(heard));
    return people.map((person) => {
      const { track, state } = person;
      const line = { timeMs, ...(track !== undefined && { track }), state };
      const result = fused[heard.indexOf(person)];
      if (result === undefined) return line;
      const { face, speech } = result.carried;
      const carried = { face: round(face, 3), speech: round(speech, 3) };
      return { ...line, probabilities: rounded(result.probabilities), carried };
    });
  }
}

interface Person extends Modalities {
  readonly track?: number;
  readonly state: State;
}

/** Each face with the voice if it is its own, and the voice alone if it is nobody's in the picture. */
function personsOf(faces: readonly Face[], voice: SpeechLine | undefined): Person[] {
  const spoken = voice !== undefined && voice.state !== "no_speech" ? voice : undefined;
  const trusted = spoken?.state === "ok" ? spoken.probabilities : undefined;
  const people = faces.map((face): Person => {
    const mine = spoken !== undefined && spoken.track === face.track;
    const speech = mine ? trusted : undefined;
    const left = face.emotion === undefined || (mine && speech === undefined);
    const state = left ? "low_quality" : speech ? "ok" : "no_speech";
    return { track: face.track, state, face: face.emotion, speech };
  });
  const voiceOfNobody = spoken !== undefined && !faces.some(({ track }) => track === spoken.track);
  if (voiceOfNobody) people.push({ state: trusted ? "no_face" : "low_quality", speech: trusted });
  return people.length > 0 ? people : [{ state: "no_face_no_speech" }];
}

function rounded(probabilities: FusedProbabilities): FusedProbabilities {
  return Object.fromEntries(
    fusedLabels.map((label) => [label, round(probabilities[label], 4)]),
  ) as FusedProbabilities;
}
