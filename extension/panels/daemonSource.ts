import { isAppError, AppError } from "../../shared/errors.ts";
import {
  cancelAnalysis,
  deleteAnalysis,
  getAnalysis,
  getResult,
  listAnalyses,
  preparePlayback,
  retryAnalysis,
  type ExportName,
} from "../../shared/protocol/analyses.ts";
import { getModelCard, listModels, verifyModel } from "../../shared/protocol/system.ts";
import type { DaemonClient } from "../daemon/client.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { ResultSource } from "./source.ts";

/** What a panel may ask of the daemon. Routes that widen access are not among them: those are the extension's. */
const routes = [
  listAnalyses,
  getAnalysis,
  getResult,
  cancelAnalysis,
  retryAnalysis,
  deleteAnalysis,
  preparePlayback,
  listModels,
  getModelCard,
  verifyModel,
] as const;

/** Passes a panel's requests on to the daemon. */
export class DaemonSource implements ResultSource {
  readonly #daemon: DaemonSupervisor;

  constructor(daemon: DaemonSupervisor) {
    this.#daemon = daemon;
  }

  async call(method: string, path: string, request: Record<string, unknown>): Promise<unknown> {
    const route = routes.find((one) => one.method === method && one.path === path);
    if (route === undefined) throw new AppError("forbidden", "A panel may not call this route.");
    const client = await this.#daemon.client();
    return client.call<(typeof route)["request"], (typeof route)["response"]>(
      route,
      route.request.parse(request),
    );
  }

  async *file(id: string, name: ExportName, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const client = await this.#daemon.client();
    try {
      yield* await client.file(id, name, signal);
    } catch (error) {
      if (!isAppError(error, "not_found")) throw error;
    }
  }

  async media(id: string, copy: boolean, signal: AbortSignal): ReturnType<DaemonClient["media"]> {
    return (await this.#daemon.client()).media(id, copy, signal);
  }

  watch(id: string): void {
    void this.#daemon.client().then((client) => client.watch(id));
  }

  /** Events go on after a restart of the daemon. */
  onEvent(listener: (name: string, payload: unknown) => void): () => void {
    let stop: () => void = () => undefined;
    const follow = (client: DaemonClient): void => {
      stop();
      stop = client.onAny(listener);
    };
    const subscription = this.#daemon.onDidConnect(follow);
    void this.#daemon.client().then(follow);
    return () => {
      stop();
      subscription.dispose();
    };
  }
}
