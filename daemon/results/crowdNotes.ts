import type { VisualFrame } from "../pipelines/seen.ts";
import { minFacePx } from "../vision/quality.ts";
import { counted } from "../../shared/text/counted.ts";

/** What to say of faces that were seen and have no emotion, or not at all. */
export class CrowdNotes {
  #frames = 0;
  #withFace = 0;
  #maxSeen = 0;
  #leftOut = false;
  #small = 0;

  push({ line, crowd }: VisualFrame): void {
    this.#frames++;
    if (line.faces.length > 0) this.#withFace++;
    if (crowd === undefined) return;
    if (crowd.leftOut > 0) {
      this.#leftOut = true;
      this.#maxSeen = Math.max(this.#maxSeen, line.faces.length + crowd.leftOut);
    }
    if (crowd.small > 0) this.#small++;
  }

  /** @param maxFaces that are followed at a time */
  finish(maxFaces: number): string[] {
    const notes: string[] = [];
    if (this.#leftOut)
      notes.push(
        `Up to ${this.#maxSeen} faces were seen at a time; ${maxFaces} at most are followed (maxFaces, --max-faces). The others were left out.`,
      );
    if (this.#small > 0)
      notes.push(
        `In ${counted(this.#small, "frame")} a face was under ${minFacePx} pixels wide: too small for an emotion. Its frames are of low quality.`,
      );
    if (this.#frames > 0 && this.#withFace === 0)
      notes.push(
        "No face was found. Faces that are far away, under about 20 pixels, are too small to be seen.",
      );
    return notes;
  }
}
