import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { beqItemCount } from "../../shared/beq/items.ts";
import { isAppError, toAppError, type ErrorCode } from "../../shared/errors.ts";
import type { BeqForm } from "../../shared/protocol/beqForm.ts";

/** Where a form is kept: the routes of its one-time link, or those of a session. */
export interface FormBackend {
  get(): Promise<BeqForm>;
  consent(version: string): Promise<BeqForm>;
  /** Resolves when the answer outlasts a crash. */
  answer(item: number, answer: number | null): Promise<BeqForm>;
  complete(): Promise<BeqForm>;
}

type Answer = number | null;

/** What will not get better by asking again. */
const final: readonly ErrorCode[] = ["unauthorized", "forbidden", "not_found", "conflict", "invalid_request"];
const firstWaitMs = 500;
const maxWaitMs = 8000;

/**
 * A questionnaire while it is filled in. An answer is shown at once and sent; until it is acknowledged it counts as not
 * saved, and it is sent again after a failure, for ever.
 */
export class FormState {
  readonly #backend: FormBackend;
  readonly #form = signal<BeqForm | undefined>(undefined);
  readonly #answers = signal<readonly Answer[]>(Array.from({ length: beqItemCount }, () => null));
  /** Items whose answer was not acknowledged yet. */
  readonly #unsaved = signal<ReadonlySet<number>>(new Set());
  readonly #retrying = signal(false);
  readonly #failure = signal<string | undefined>(undefined);
  #sending: Promise<void> | undefined;

  /** How far the saving is; said to the participant. */
  readonly saving: ReadonlySignal<"saved" | "saving" | "retrying"> = computed(() =>
    this.#unsaved.value.size === 0 ? "saved" : this.#retrying.value ? "retrying" : "saving",
  );
  /** Items, from 1, without an answer. */
  readonly missing: ReadonlySignal<readonly number[]> = computed(() =>
    this.#answers.value.flatMap((answer, k) => (answer === null ? k + 1 : [])),
  );

  constructor(backend: FormBackend) {
    this.#backend = backend;
  }

  get form(): ReadonlySignal<BeqForm | undefined> {
    return this.#form;
  }
  get answers(): ReadonlySignal<readonly Answer[]> {
    return this.#answers;
  }
  get failure(): ReadonlySignal<string | undefined> {
    return this.#failure;
  }

  async load(): Promise<void> {
    await this.#attempt(async () => {
      const form = await this.#backend.get();
      this.#answers.value = form.answers;
      this.#form.value = form;
    });
  }

  async consent(): Promise<void> {
    const version = this.#form.value?.consent.version;
    if (version === undefined) return;
    await this.#attempt(async () => {
      this.#form.value = await this.#backend.consent(version);
    });
  }

  /** @param item from 1 */
  answer(item: number, answer: Answer): void {
    this.#answers.value = this.#answers.value.with(item - 1, answer);
    this.#unsaved.value = new Set(this.#unsaved.value).add(item);
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  /** Ends the form once every answer is saved. */
  async complete(): Promise<void> {
    await this.#sending;
    if (this.#unsaved.value.size > 0) return;
    let askedBefore = false;
    await this.#attempt(() =>
      this.#again(async () => {
        try {
          this.#form.value = await this.#backend.complete();
        } catch (error) {
          // The form ended, and only the answer to the first try was lost on the way.
          if (!askedBefore || !isAppError(error, "unauthorized")) throw error;
          this.#form.value = { ...this.#form.value!, completed: true };
        } finally {
          askedBefore = true;
        }
      }),
    );
  }

  async #send(): Promise<void> {
    for (let item = first(this.#unsaved.value); item !== undefined; item = first(this.#unsaved.value)) {
      const sent = item;
      const failed = await this.#attempt(() =>
        this.#again(async () => {
          const answer = this.#answers.value[sent - 1]!;
          await this.#backend.answer(sent, answer);
          if (this.#answers.value[sent - 1] !== answer) return;
          const rest = new Set(this.#unsaved.value);
          rest.delete(sent);
          this.#unsaved.value = rest;
        }),
      );
      if (failed) return;
    }
  }

  /** Tries until it works, or until trying again is of no use. */
  async #again(work: () => Promise<void>): Promise<void> {
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
      try {
        await work();
        this.#retrying.value = false;
        return;
      } catch (error) {
        if (final.includes(toAppError(error).code)) throw error;
        this.#retrying.value = true;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** Says in words what failed. */
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      this.#failure.value = undefined;
      await work();
      return false;
    } catch (error) {
      this.#failure.value = toAppError(error).message;
      return true;
    }
  }
}

const first = (items: ReadonlySet<number>): number | undefined => items.values().next().value;
