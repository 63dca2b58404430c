import { computed, signal, type ReadonlySignal } from "@preact/signals";
import {
  getAnalysis,
  listAnalyses,
  type AnalysisProgress,
  type AnalysisRecord,
} from "../../shared/protocol/analyses.ts";
import type { Host } from "../host.ts";

/** The analyses that the daemon knows, kept up to date by its events. */
export class AnalysisList {
  readonly #host: Host;
  readonly #byId = signal<ReadonlyMap<string, AnalysisRecord>>(new Map());
  readonly #ready = signal(false);
  readonly #error = signal<unknown>(undefined);
  /** The newest first. */
  readonly all: ReadonlySignal<readonly AnalysisRecord[]> = computed(() =>
    [...this.#byId.value.values()].sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
  );

  constructor(host: Host) {
    this.#host = host;
    host.onEvent((event) => {
      if (event.name === "analysis:changed") this.put(event.payload.analysis);
      else if (event.name === "analysis:deleted") this.drop(event.payload.id);
      else if (event.name === "analysis:progress") this.#progress(event.payload.id, event.payload.progress);
    });
  }

  get ready(): ReadonlySignal<boolean> {
    return this.#ready;
  }
  get error(): ReadonlySignal<unknown> {
    return this.#error;
  }

  async refresh(): Promise<void> {
    try {
      const { analyses } = await this.#host.call(listAnalyses, { limit: 200 });
      this.#byId.value = new Map(analyses.map((analysis) => [analysis.id, analysis]));
      for (const analysis of analyses) this.#watch(analysis);
      this.#error.value = undefined;
    } catch (error) {
      this.#error.value = error;
    }
    this.#ready.value = true;
  }

  /** One analysis by id, asked for when it is not in the list. */
  async load(id: string): Promise<void> {
    if (!this.#byId.value.has(id)) this.put((await this.#host.call(getAnalysis, { id })).analysis);
  }

  put(analysis: AnalysisRecord): void {
    this.#byId.value = new Map(this.#byId.value).set(analysis.id, analysis);
    this.#watch(analysis);
  }

  drop(id: string): void {
    const rest = new Map(this.#byId.value);
    rest.delete(id);
    this.#byId.value = rest;
  }

  #progress(id: string, progress: AnalysisProgress): void {
    const analysis = this.#byId.value.get(id);
    if (analysis !== undefined)
      this.#byId.value = new Map(this.#byId.value).set(id, { ...analysis, progress });
  }

  #watch(analysis: AnalysisRecord): void {
    if (analysis.state === "queued" || analysis.state === "running") this.#host.watch(analysis.id);
  }
}
