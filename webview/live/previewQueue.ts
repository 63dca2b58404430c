import type { LiveFrame } from "../../shared/protocol/live.ts";
import type { LivePicture } from "./liveFeed.ts";

/** A picture and the result that belongs to it; one of them may not be there yet. */
export interface Shown {
  readonly bitmap?: ImageBitmap;
  readonly frame?: LiveFrame;
}

/** Pictures and results that wait for each other; beyond these the oldest go. */
const maxWaiting = 12;
/** A picture whose result has not come after so many newer pictures is shown without. */
const patience = 4;

/**
 * Brings previews and results together: a picture is shown with the result of its own time, so that boxes lie where the face
 * is, and the picture waits for it.
 */
export class PreviewQueue {
  #pictures: { readonly timeMs: number; readonly bitmap: ImageBitmap }[] = [];
  #frames: LiveFrame[] = [];
  #shown: ImageBitmap | undefined;

  /** @returns what is to be shown now, if that is something else */
  addFrame(frame: LiveFrame): Shown | undefined {
    this.#frames = [...this.#frames, frame].slice(-maxWaiting);
    return this.#next();
  }

  async addPicture({ timeMs, jpeg }: LivePicture): Promise<Shown | undefined> {
    // A damaged picture is left out; the next one follows at once.
    const bitmap = await createImageBitmap(jpeg).catch(() => undefined);
    if (bitmap === undefined) return undefined;
    this.#pictures.push({ timeMs, bitmap });
    return this.#next();
  }

  close(): void {
    for (const { bitmap } of this.#pictures) bitmap.close();
    this.#shown?.close();
  }

  #next(): Shown | undefined {
    const lastMs = this.#frames.at(-1)?.line.timeMs ?? -Infinity;
    let at = this.#pictures.findLastIndex(({ timeMs }) => timeMs <= lastMs);
    if (at < 0 && this.#pictures.length > patience) at = this.#pictures.length - 1;
    if (at < 0) return undefined;
    const [picture] = this.#pictures.splice(at, 1);
    for (const { bitmap } of this.#pictures.splice(0, at)) bitmap.close();
    this.#shown?.close();
    this.#shown = picture!.bitmap;
    const frame = nearest(this.#frames, picture!.timeMs);
    return { bitmap: picture!.bitmap, ...(frame !== undefined && { frame }) };
  }
}

/** The result closest in time, when it is close enough to belong to the picture. */
function nearest(frames: readonly LiveFrame[], timeMs: number): LiveFrame | undefined {
  let best: LiveFrame | undefined;
  let distance = 150;
  for (const frame of frames) {
    const apart = Math.abs(frame.line.timeMs - timeMs);
    if (apart > distance) continue;
    best = frame;
    distance = apart;
  }
  return best;
}
