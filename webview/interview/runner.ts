import { signal, type ReadonlySignal } from "@preact/signals";
import type { Interview, Prompt } from "../../shared/protocol/interview.ts";

/** Where an interview is; `number` counts prompts from 1. */
export type InterviewPhase =
  | { readonly kind: "waiting" | "done" | "stopped" }
  | {
      readonly kind: "prompt" | "answer" | "pause";
      readonly prompt: Prompt;
      readonly number: number;
      /** When an answer of limited length ends, on the runner's clock. */
      readonly endsMs?: number;
    };

export interface InterviewSegment {
  readonly kind: "prompt" | "answer";
  readonly startMs: number;
  readonly endMs: number;
  readonly prompt: Prompt;
}

export interface InterviewRunnerOptions {
  /** The media clock of the session. */
  readonly nowMs: () => number;
  /** Speaks; fulfilled at the end of the speech with true, or with false at once where nothing can speak. */
  readonly speak: (text: string, language: string, signal: AbortSignal) => Promise<boolean>;
  readonly onSegment: (segment: InterviewSegment) => void;
}

/** A prompt that is read and not heard stays for at least this long, and for each of its letters. */
const minReadingMs = 1500;
const readingMsPerLetter = 55;

/**
 * Leads through an interview: each prompt is shown and spoken, then the answer lasts for its time or until `next`, then
 * there is a rest. A segment is told when it has ended; stopping in the middle of one ends it there.
 */
export class InterviewRunner {
  readonly interview: Interview;
  readonly #options: InterviewRunnerOptions;
  readonly #phase = signal<InterviewPhase>({ kind: "waiting" });
  readonly #stop = new AbortController();
  #goOn: () => void = () => undefined;

  constructor(interview: Interview, options: InterviewRunnerOptions) {
    this.interview = interview;
    this.#options = options;
  }

  get phase(): ReadonlySignal<InterviewPhase> {
    return this.#phase;
  }

  /** Runs to the end or until it is stopped. Call once. */
  async run(): Promise<void> {
    for (const [i, prompt] of this.interview.prompts.entries()) {
      const number = i + 1;
      await this.#segment("prompt", prompt, () => {
        this.#phase.value = { kind: "prompt", prompt, number };
        return this.#say(prompt);
      });
      if (this.#stopped()) break;
      await this.#segment("answer", prompt, () => {
        const ms = prompt.answerSeconds === undefined ? undefined : prompt.answerSeconds * 1000;
        const endsMs = ms === undefined ? {} : { endsMs: this.#options.nowMs() + ms };
        this.#phase.value = { kind: "answer", prompt, number, ...endsMs };
        return this.#wait(ms);
      });
      if (this.#stopped()) break;
      if (prompt.pauseMs === 0) continue;
      this.#phase.value = { kind: "pause", prompt, number };
      await this.#wait(prompt.pauseMs);
    }
    this.#phase.value = { kind: this.#stopped() ? "stopped" : "done" };
  }

  /** The participant goes on: ends a speech, an answer, or a rest. */
  next(): void {
    this.#goOn();
  }

  stop(): void {
    this.#stop.abort();
    this.#goOn();
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #segment(kind: "prompt" | "answer", prompt: Prompt, during: () => Promise<void>): Promise<void> {
    const startMs = this.#options.nowMs();
    await during();
    this.#options.onSegment({ kind, startMs, endMs: this.#options.nowMs(), prompt });
  }

  async #say(prompt: Prompt): Promise<void> {
    const quiet = new AbortController();
    const readingMs = Math.max(prompt.text.length * readingMsPerLetter, minReadingMs);
    const spoken = prompt.speak
      ? this.#options.speak(prompt.text, this.interview.language, quiet.signal)
      : Promise.resolve(false);
    const heard = spoken.then((was) => (was || quiet.signal.aborted ? undefined : this.#wait(readingMs)));
    await Promise.race([heard, this.#wait(undefined)]);
    quiet.abort();
  }

  /** Until the time is over, somebody goes on, or the interview is stopped. */
  async #wait(ms: number | undefined): Promise<void> {
    if (this.#stopped()) return;
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
