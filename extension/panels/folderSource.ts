import { createReadStream } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import {
  getAnalysis,
  getResult,
  preparePlayback,
  type AnalysisRecord,
  type SavedName,
  type Played,
} from "../../shared/protocol/analyses.ts";
import type { Analysis } from "../../shared/protocol/results.ts";
import { findByHash, openClip } from "./findByHash.ts";
import type { ResultSource } from "./source.ts";
import { isThere } from "../isThere.ts";

const withoutDaemon = (): AppError =>
  new AppError("forbidden", vscode.l10n.t("These results belong to no daemon. Analyse the clip here."));

/** Result files that `edin analyze --out` left in a folder: shown without any daemon. */
export class FolderSource implements ResultSource {
  readonly #folder: string;
  readonly #analysis: Analysis;

  constructor(folder: string, analysis: Analysis) {
    this.#folder = folder;
    this.#analysis = analysis;
  }

  call(method: string, route: string): Promise<unknown> {
    if (method === "get" && route === getAnalysis.path) return Promise.resolve({ analysis: this.#record() });
    if (method === "get" && route === getResult.path) return Promise.resolve({ result: this.#analysis });
    if (route === preparePlayback.path)
      return Promise.reject(
        new AppError(
          "not_found",
          vscode.l10n.t("VS Code does not play its sound. Analyse the clip here to hear it."),
        ),
      );
    return Promise.reject(withoutDaemon());
  }

  async *file(_id: string, name: SavedName, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (!/\.jsonl?$/.test(name)) throw withoutDaemon();
    const file = path.join(this.#folder, name);
    if (await isThere(file)) yield* createReadStream(file, { signal, highWaterMark: 1 << 20 });
  }

  /** The clip, when it lies beside the results or in the folder above under the name it had. */
  async media(
    _id: string,
    played: Played,
    signal: AbortSignal,
  ): Promise<{ type: string; body: AsyncIterable<Uint8Array> }> {
    const { media, clips = [] } = this.#analysis;
    const wanted =
      typeof played === "object" ? clips.find(({ track }) => track === played.face)?.file : media.name;
    // A name from a file is a name and never a path.
    const name = path.basename(wanted ?? "");
    for (const folder of [this.#folder, path.dirname(this.#folder)]) {
      const file = path.join(folder, name);
      if (await isThere(file)) return openClip(file, signal);
    }
    const moved = typeof played === "object" ? undefined : await findByHash(media, signal);
    if (moved !== undefined) return openClip(moved, signal);
    throw new AppError(
      "media_not_found",
      vscode.l10n.t(
        "The clip {0} is neither beside analysis.json nor, by its content, in the workspace. Put it there to see it here.",
        name,
      ),
    );
  }

  watch(): void {
    // What is finished does not change.
  }

  onEvent(): () => void {
    return () => undefined;
  }

  #record(): AnalysisRecord {
    const { id, pipeline, config, media, run } = this.#analysis;
    return {
      id,
      state: "done",
      pipeline,
      config,
      mediaPath: media.name,
      mediaName: media.name,
      createdAt: run.startedAt,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
    };
  }
}
