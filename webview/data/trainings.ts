import { signal, type ReadonlySignal } from "@preact/signals";
import { listJobs, type Job } from "../../shared/protocol/jobs.ts";
import type { TrainingEvent } from "../../shared/protocol/training.ts";
import { getTraining } from "../../shared/protocol/trainingRoutes.ts";
import type { Host } from "../host.ts";

/** Jobs of the kind training, the newest first, kept up to date by events. */
export class TrainingList {
  readonly #host: Host;
  readonly #jobs = signal<readonly Job[] | undefined>(undefined);

  constructor(host: Host) {
    this.#host = host;
  }

  get jobs(): ReadonlySignal<readonly Job[] | undefined> {
    return this.#jobs;
  }

  async load(): Promise<void> {
    this.#jobs.value = (await this.#host.call(listJobs, { kind: "training", limit: 100 })).jobs;
  }

  /** @returns ends it */
  follow(): () => void {
    return this.#host.onEvent((event) => {
      const jobs = this.#jobs.value;
      if (jobs === undefined) return;
      if (event.name === "job:changed" && event.payload.job.kind === "training") {
        const { job } = event.payload;
        const known = jobs.some(({ id }) => id === job.id);
        this.#jobs.value = known ? jobs.map((one) => (one.id === job.id ? job : one)) : [job, ...jobs];
      } else if (event.name === "job:deleted")
        this.#jobs.value = jobs.filter(({ id }) => id !== event.payload.id);
      else if (event.name === "job:progress")
        this.#jobs.value = jobs.map((one) =>
          one.id === event.payload.id ? { ...one, progress: event.payload.progress } : one,
        );
    });
  }
}

/** One training: its job, and all that it has told. */
export class TrainingStore {
  readonly #host: Host;
  readonly #id: string;
  readonly #job = signal<Job | undefined>(undefined);
  readonly #events = signal<readonly TrainingEvent[]>([]);
  #asking: Promise<void> | undefined;
  #askAgain = false;

  constructor(host: Host, id: string) {
    this.#host = host;
    this.#id = id;
  }

  get job(): ReadonlySignal<Job | undefined> {
    return this.#job;
  }
  get events(): ReadonlySignal<readonly TrainingEvent[]> {
    return this.#events;
  }

  /** Asks for what is new; while one question is under way, one more is asked after it. */
  load(): Promise<void> {
    if (this.#asking !== undefined) {
      this.#askAgain = true;
      return this.#asking;
    }
    this.#asking = this.#ask().finally(() => {
      this.#asking = undefined;
      if (this.#askAgain) {
        this.#askAgain = false;
        void this.load().catch(() => undefined);
      }
    });
    return this.#asking;
  }

  /** @returns ends it */
  follow(): () => void {
    return this.#host.onEvent(({ name, payload }) => {
      if (name === "job:changed" && payload.job.id === this.#id) void this.load().catch(() => undefined);
      if (name === "job:progress" && payload.id === this.#id) {
        const job = this.#job.value;
        if (job !== undefined) this.#job.value = { ...job, progress: payload.progress };
        if (payload.progress.detail?.["events"] !== this.#events.value.length)
          void this.load().catch(() => undefined);
      }
    });
  }

  async #ask(): Promise<void> {
    const after = this.#events.value.length;
    const { job, events, total } = await this.#host.call(getTraining, { id: this.#id, after });
    this.#job.value = job;
    if (total >= after) {
      if (events.length > 0) this.#events.value = [...this.#events.value, ...events];
      return;
    }
    // It was begun anew and tells everything again.
    this.#events.value = (await this.#host.call(getTraining, { id: this.#id })).events;
  }
}
