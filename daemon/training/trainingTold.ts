import { appendFileSync, writeFileSync } from "node:fs";
import type { JobProgress } from "../../shared/protocol/jobs.ts";
import type { TrainingEvent } from "../../shared/protocol/training.ts";
import { counted } from "../../shared/text/counted.ts";

type Event<Type extends TrainingEvent["type"]> = Extract<TrainingEvent, { type: Type }>;

/** Keeps what a training tells in a file, and sums it up as the progress of its job. */
export class TrainingTold {
  readonly #file: string;
  readonly #moved: { readonly from: string; readonly to: string };
  readonly #onProgress: (progress: JobProgress) => void;
  #events = 0;
  #planned: Event<"planned"> | undefined;

  /** @param moved where folders of events lie now, and where they will lie when the job is done */
  constructor(
    file: string,
    moved: { readonly from: string; readonly to: string },
    onProgress: (progress: JobProgress) => void,
  ) {
    this.#file = file;
    this.#moved = moved;
    this.#onProgress = onProgress;
    // A run that goes on tells all epochs again.
    writeFileSync(file, "", { mode: 0o600 });
  }

  hear(event: TrainingEvent): void {
    if (event.type === "planned") this.#planned = event;
    if (event.type !== "reading") {
      const { from, to } = this.#moved;
      const placed = "folder" in event ? { ...event, folder: event.folder.replace(from, to) } : event;
      appendFileSync(this.#file, `${JSON.stringify(placed)}\n`);
      this.#events++;
    }
    const progress = this.#progressOf(event);
    if (progress === undefined) return;
    const { secondsLeft, ...rest } = progress;
    const title = this.#planned?.title ?? "";
    const detail = { events: this.#events, title, ...(secondsLeft !== undefined && { secondsLeft }) };
    this.#onProgress({ ...rest, detail });
  }

  #progressOf(event: TrainingEvent): (JobProgress & { secondsLeft?: number }) | undefined {
    if (event.type === "reading")
      return {
        text: `${event.done} of ${counted(event.total, "file")}`,
        ...(this.#planned ? {} : { share: 0 }),
      };
    if (event.type !== "epoch" || this.#planned === undefined) {
      return event.type === "done" ? { share: 1, text: event.network } : { text: this.#planned?.title ?? "" };
    }
    const { runs, seeds } = this.#planned;
    const { run, seed, epoch, epochs, secondsLeft } = event;
    const at = (run * seeds.length + seeds.indexOf(seed)) * epochs + epoch;
    const parts = [
      `epoch ${epoch} of ${epochs}`,
      ...(seeds.length > 1 ? [`seed ${seeds.indexOf(seed) + 1} of ${seeds.length}`] : []),
      ...(runs > 1 ? [`way ${run + 1} of ${runs}`] : []),
    ];
    return { share: at / (runs * seeds.length * epochs), text: parts.join(", "), secondsLeft };
  }
}
