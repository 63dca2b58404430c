import type { LabelsToHost } from "../../shared/protocol/labelsPanel.ts";
import type { Played, SavedName } from "../../shared/protocol/analyses.ts";

/** Where a panel's results come from: the daemon, or a folder of result files. */
export interface ResultSource {
  /** Answers a call of the panel, by method and path of the route. */
  call(method: string, path: string, request: Record<string, unknown>): Promise<unknown>;
  /** Pieces of a result file; nothing when there is none of this name. */
  file(id: string, name: SavedName, signal: AbortSignal): AsyncIterable<Uint8Array>;
  media(
    id: string,
    played: Played,
    signal: AbortSignal,
  ): Promise<{ type: string; body: AsyncIterable<Uint8Array> }>;
  watch(id: string): void;
  /** What the Live panel needs beyond this; absent for other panels. */
  readonly live?: LiveRequests;
  /** What the label editor needs beyond this; absent for other panels. */
  readonly labels?: LabelsRequests;
  /** Opens a labels file at a time; absent for panels that show none. */
  readonly revealLabels?: (path: string, timeMs: number) => void;
  /** Opens a training file; absent for panels that make none. */
  readonly openTrainingFile?: (path: string) => void;
  /** Writes the files of a notebook and opens it; absent for panels that have none. */
  readonly openNotebook?: (name: string, files: Readonly<Record<string, string>>) => void;
  /** Calls `listener` with each event of the daemon. */
  onEvent(listener: (name: string, payload: unknown) => void): () => void;
  /** Tells `listener` at once whether the daemon is there, unless it is just starting, and then whenever that changes. */
  onConnection?(listener: (on: boolean) => void): () => void;
}

export interface LabelsRequests {
  receive(message: LabelsToHost): void;
  /** The clip of the file that is edited, or the daemon's copy of it. */
  clip(copy: boolean, signal: AbortSignal): Promise<{ type: string; body: AsyncIterable<Uint8Array> }>;
}

export interface LiveRequests {
  /** A request of the daemon's socket, by its name. */
  ask(name: string, request: Record<string, unknown>): Promise<unknown>;
  /** Lets the user choose a clip, and grants its folder to the daemon. */
  chooseClip(): Promise<string | undefined>;
  /** Opens the capture page in the user's browser. */
  openCapture(): Promise<void>;
  /** The panel is gone: nothing is watched any more. */
  close(): void;
}
