import type { LabelsToHost, LabelsToPanel } from "../../shared/protocol/labelsPanel.ts";

/** The way to whoever owns the text of a labels file: the extension host, or this page with the daemon's routes. */
export interface LabelsChannel {
  send(message: LabelsToHost): void;
  /** @returns ends it */
  listen(listener: (message: LabelsToPanel) => void): () => void;
  /** Where the player gets the clip, or its copy that every player plays. */
  clipUrl(copy: boolean, abort: AbortSignal): Promise<string>;
  /** Runs it once the keys that were pressed before have done what they do. */
  inTurn(work: () => void): void;
}
