import { signal, type ReadonlySignal } from "@preact/signals";
import { preparePlayback } from "../../shared/protocol/analyses.ts";
import { AppError } from "../../shared/errors.ts";
import { experimentResult } from "../../shared/protocol/experimentTable.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import type { Host } from "../host.ts";
import { needsCopy } from "./playable.ts";

const askEveryMs = 400;

/**
 * Where the player gets the clip from: the clip itself, or a copy that the daemon makes when this browser or VS Code
 * cannot play it, or failed to.
 */
export class ClipSource {
  readonly #host: Host;
  readonly #analysis: Analysis;
  readonly #abort: AbortSignal;
  readonly #url = signal<string | undefined>(undefined);
  readonly #making = signal<number | undefined>(undefined);
  readonly #error = signal<unknown>(undefined);
  #copied = false;

  constructor(host: Host, analysis: Analysis, abort: AbortSignal) {
    this.#host = host;
    this.#analysis = analysis;
    this.#abort = abort;
  }

  get url(): ReadonlySignal<string | undefined> {
    return this.#url;
  }
  /** How much of the copy is made, 0 to 1, while it is being made. */
  get making(): ReadonlySignal<number | undefined> {
    return this.#making;
  }
  get error(): ReadonlySignal<unknown> {
    return this.#error;
  }

  /** Takes the clip as it is where that is enough. */
  open(): void {
    const video = document.createElement("video");
    const plays = (type: string): boolean => video.canPlayType(type) !== "";
    if (needsCopy(this.#analysis.media, this.#host.kind === "panel", plays)) this.useCopy();
    else void this.#take(false);
  }

  /** Has the copy made and plays that; for a clip that could not be played. Only once. */
  useCopy(): void {
    if (this.#copied) return;
    this.#copied = true;
    this.#make().then(
      () => this.#take(true),
      (error: unknown) => {
        this.#making.value = undefined;
        this.#error.value = error;
        // The picture alone may still play.
        if (this.#url.value === undefined) void this.#take(false);
      },
    );
  }

  async #make(): Promise<void> {
    const { id } = this.#analysis;
    if (experimentResult(id) !== undefined)
      throw new AppError("not_found", "It does not play here as it is. Analyse it here to have a copy made.");
    this.#making.value = 0;
    for (;;) {
      const { ready, share } = await this.#host.call(preparePlayback, { id });
      if (ready || this.#abort.aborted) break;
      this.#making.value = share;
      await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    }
    this.#making.value = undefined;
  }

  async #take(copy: boolean): Promise<void> {
    try {
      this.#url.value = await this.#host.mediaUrl(this.#analysis.id, copy ? "copy" : "clip", this.#abort);
    } catch (error) {
      if (!this.#abort.aborted) this.#error.value = error;
    }
  }
}
