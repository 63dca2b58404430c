import * as vscode from "vscode";
import { isAppError, AppError } from "../../shared/errors.ts";
import {
  cancelAnalysis,
  deleteAnalysis,
  getAnalysis,
  getResult,
  listAnalyses,
  preparePlayback,
  previewDeletion,
  retryAnalysis,
  type SavedName,
  type Played,
} from "../../shared/protocol/analyses.ts";
import { addCorrection, getCorrections, undoCorrection } from "../../shared/protocol/corrections.ts";
import { getDataset, startDataset } from "../../shared/protocol/datasets.ts";
import { getEvaluation, resetCalibration, startEvaluation } from "../../shared/protocol/evaluations.ts";
import { getExperiment, listExperiments } from "../../shared/protocol/experimentTable.ts";
import { readInterview } from "../../shared/protocol/interview.ts";
import {
  cancelJob,
  deleteJob,
  getJob,
  getQueue,
  listJobs,
  pauseQueue,
  resumeQueue,
  retryJob,
  setJobPriority,
} from "../../shared/protocol/jobs.ts";
import { createGold, getAgreement, getProposals } from "../../shared/protocol/labelRoutes.ts";
import { probeMedia } from "../../shared/protocol/media.ts";
import {
  getLive,
  listLive,
  listLiveDevices,
  recordLive,
  startLive,
  stopLive,
} from "../../shared/protocol/live.ts";
import { useModel } from "../../shared/protocol/modelLibrary.ts";
import { importAvatar, listAvatars } from "../../shared/protocol/redaction.ts";
import { getModelCard, listModels, testDevices, verifyModel } from "../../shared/protocol/system.ts";
import { getTraining, previewDenoise, stopTraining } from "../../shared/protocol/trainingRoutes.ts";
import type { DaemonClient } from "../daemon/client.ts";
import type { DaemonState, DaemonSupervisor } from "../daemon/supervisor.ts";
import { findByHash, openClip } from "./findByHash.ts";
import { studyRoutes } from "./studyRoutes.ts";
import type { LabelsRequests, LiveRequests, ResultSource } from "./source.ts";

/** What a panel may ask of the daemon. Routes that widen access are not among them: those are the extension's. */
const routes = [
  listAnalyses,
  getAnalysis,
  getResult,
  cancelAnalysis,
  retryAnalysis,
  previewDeletion,
  deleteAnalysis,
  preparePlayback,
  getCorrections,
  addCorrection,
  undoCorrection,
  listExperiments,
  getExperiment,
  listModels,
  getModelCard,
  verifyModel,
  testDevices,
  useModel,
  listJobs,
  cancelJob,
  retryJob,
  deleteJob,
  getTraining,
  stopTraining,
  previewDenoise,
  getJob,
  setJobPriority,
  getQueue,
  pauseQueue,
  resumeQueue,
  listLiveDevices,
  startLive,
  listLive,
  getLive,
  stopLive,
  recordLive,
  readInterview,
  probeMedia,
  getProposals,
  getAgreement,
  createGold,
  startDataset,
  getDataset,
  startEvaluation,
  getEvaluation,
  resetCalibration,
  listAvatars,
  importAvatar,
  ...studyRoutes,
] as const;

/** Passes a panel's requests on to the daemon. */
export class DaemonSource implements ResultSource {
  readonly live?: LiveRequests;
  readonly labels?: LabelsRequests;
  readonly revealLabels?: (path: string, timeMs: number) => void;
  readonly openTrainingFile?: (path: string) => void;
  readonly openNotebook?: NonNullable<ResultSource["openNotebook"]>;
  readonly #daemon: DaemonSupervisor;

  constructor(
    daemon: DaemonSupervisor,
    {
      live,
      labels,
      revealLabels,
      openTrainingFile,
      openNotebook,
    }: Pick<ResultSource, "live" | "labels" | "revealLabels" | "openTrainingFile" | "openNotebook"> = {},
  ) {
    this.#daemon = daemon;
    if (live !== undefined) this.live = live;
    if (labels !== undefined) this.labels = labels;
    if (revealLabels !== undefined) this.revealLabels = revealLabels;
    if (openTrainingFile !== undefined) this.openTrainingFile = openTrainingFile;
    if (openNotebook !== undefined) this.openNotebook = openNotebook;
  }

  async call(method: string, path: string, request: Record<string, unknown>): Promise<unknown> {
    const route = routes.find((one) => one.method === method && one.path === path);
    if (route === undefined)
      throw new AppError("forbidden", vscode.l10n.t("A panel may not call this route."));
    const client = await this.#daemon.client();
    return client.call<(typeof route)["request"], (typeof route)["response"]>(
      route,
      route.request.parse(request),
    );
  }

  async *file(id: string, name: SavedName, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const client = await this.#daemon.client();
    try {
      yield* await client.file(id, name, signal);
    } catch (error) {
      if (!isAppError(error, "not_found")) throw error;
    }
  }

  /** Also a clip that was moved or renamed in the workspace since. */
  async media(id: string, played: Played, signal: AbortSignal): ReturnType<ResultSource["media"]> {
    const client = await this.#daemon.client();
    try {
      return await client.media(id, played, signal);
    } catch (error) {
      if (played !== "clip" || !isAppError(error, "media_not_found")) throw error;
      const { media } = (await client.call(getResult, { id })).result;
      const moved = await findByHash(media, signal);
      if (moved === undefined) throw error;
      return openClip(moved, signal);
    }
  }

  watch(id: string): void {
    // The supervisor tells why there is no daemon.
    void this.#daemon
      .client()
      .then((client) => client.watch(id))
      .catch(() => undefined);
  }

  /** Events go on after a restart of the daemon. */
  onEvent(listener: (name: string, payload: unknown) => void): () => void {
    let over = false;
    let stop: () => void = () => undefined;
    const follow = (client: DaemonClient): void => {
      if (over) return;
      stop();
      stop = client.onAny((name, payload) => listener(name, withPlainBytes(payload)));
    };
    const subscription = this.#daemon.onDidConnect(follow);
    // Without a daemon there are no events; one that comes later is followed then.
    void this.#daemon
      .client()
      .then(follow)
      .catch(() => undefined);
    return () => {
      over = true;
      stop();
      subscription.dispose();
    };
  }

  onConnection(listener: (on: boolean) => void): () => void {
    const tell = (state: DaemonState): void => {
      if (state !== "starting") listener(state === "ready");
    };
    tell(this.#daemon.state);
    const subscription = this.#daemon.onDidChangeState(tell);
    return () => {
      subscription.dispose();
    };
  }
}

/** A webview takes typed arrays as they are, but Node's buffers as lists of numbers. */
function withPlainBytes(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null) return payload;
  return Object.fromEntries(
    Object.entries(payload).map(([name, value]: [string, unknown]) => [
      name,
      Buffer.isBuffer(value) ? new Uint8Array(value) : value,
    ]),
  );
}
