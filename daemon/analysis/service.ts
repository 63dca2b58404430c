import type { Kysely } from "kysely";
import type {
  AnalysisProgress,
  AnalysisRecord,
  Deletion,
  NewAnalysis,
} from "../../shared/protocol/analyses.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { JobState } from "../../shared/protocol/jobs.ts";
import { refuseOtherKinds } from "../media/refuseOtherKinds.ts";
import type { HostedJob } from "../jobs/hostedJob.ts";
import type { JobService } from "../jobs/service.ts";
import { analysisJob, listByPath, toAnalysis } from "../store/analyses.ts";
import { recordingFolder, recordingOf, removeFolder } from "../store/files.ts";
import { calibrationOfClip } from "../store/gazeCalibrations.ts";
import { isBeingRecorded } from "../store/keptSessions.ts";
import { Roots } from "../store/roots.ts";
import type { Tables } from "../store/schema.ts";
import { studyOf, unlinkRecording } from "../store/studyLinks.ts";

/** What happens to analyses. */
export type AnalysisNews =
  | { readonly kind: "changed"; readonly analysis: AnalysisRecord }
  | { readonly kind: "progress"; readonly id: string; readonly progress: AnalysisProgress }
  | { readonly kind: "deleted"; readonly id: string };

/** Analyses: jobs that read a clip. The one place through which routes, sockets and commands start, follow and remove them. */
export class AnalysisService {
  readonly roots: Roots;
  readonly #jobs: JobService;
  readonly #db: Kysely<Tables>;
  readonly #dataDir: string;

  constructor(jobs: JobService, db: Kysely<Tables>, dataDir: string) {
    this.roots = new Roots(db);
    this.#jobs = jobs;
    this.#db = db;
    this.#dataDir = dataDir;
  }

  /** Hears of every change until the returned function is called. */
  subscribe(listener: (news: AnalysisNews) => void): () => void {
    return this.#jobs.subscribe((news) => {
      if (news.kind === "deleted") listener(news);
      else if (news.job.kind !== "analysis") return;
      else if (news.kind === "changed") listener({ kind: "changed", analysis: toAnalysis(news.job) });
      else {
        const progress = news.progress.detail as AnalysisProgress;
        listener({ kind: "progress", id: news.job.id, progress });
      }
    });
  }

  /**
   * Queues an analysis. When this returns, the analysis outlasts a crash. A clip that is linked to one participant is read with
   * the gaze calibration of theirs, unless the settings bring one.
   * @throws AppError `invalid_path`, `media_not_found`, `media_unsupported`, `too_many_requests`
   */
  async start(asked: NewAnalysis): Promise<AnalysisRecord> {
    const mediaPath = await this.roots.resolve(asked.mediaPath);
    await refuseOtherKinds(mediaPath);
    const gazeCalibration = await calibrationOfClip(this.#db, mediaPath);
    const config = { ...(gazeCalibration && { gazeCalibration }), ...asked.config };
    return toAnalysis(await this.#jobs.add(analysisJob({ ...asked, config, mediaPath })));
  }

  /** The analysis of what a live session records, from the first byte on; see {@link JobService.host}. */
  host(id: string, asked: NewAnalysis, startedAt: Date, onStop: () => void): HostedJob {
    return this.#jobs.host(id, analysisJob(asked), startedAt, onStop);
  }

  /** Takes in a recording whose session is gone, which a retry analyses. */
  async adopt(id: string, asked: NewAnalysis, startedAt: Date, failure: Failure): Promise<AnalysisRecord> {
    const end = { state: "interrupted", failure, startedAt } as const;
    return toAnalysis(await this.#jobs.adopt(id, analysisJob(asked), end));
  }

  /** @throws AppError `conflict` unless it ended without a result. */
  async retry(id: string): Promise<AnalysisRecord> {
    await this.get(id);
    return toAnalysis(await this.#jobs.retry(id));
  }

  /** @throws AppError `not_found` */
  async get(id: string): Promise<AnalysisRecord> {
    return toAnalysis(await this.#jobs.get(id, "analysis"));
  }

  async list(filter: { state?: JobState; before?: string; limit: number }): Promise<AnalysisRecord[]> {
    return (await this.#jobs.list({ kind: "analysis", ...filter })).map(toAnalysis);
  }

  count(): Promise<{ queued: number; running: number }> {
    return this.#jobs.count("analysis");
  }

  /** Returns at once; a running one is cancelled when it has come to a stop. */
  async cancel(id: string): Promise<AnalysisRecord> {
    await this.get(id);
    return toAnalysis(await this.#jobs.cancel(id));
  }

  /** What {@link delete} takes along and what stays. */
  async previewDeletion(id: string): Promise<Deletion> {
    const analysis = await this.get(id);
    const recording = await this.#recordingOf(analysis);
    const study = await studyOf(this.#db, id, recording?.last === true ? recording.id : undefined);
    return {
      clip: recording === undefined ? "stays" : recording.last ? "recording_goes" : "recording_stays",
      ...(study && { study }),
    };
  }

  /**
   * Stops an analysis, then removes it and its files.
   * @param options withRecording: a recording that no other analysis reads goes too.
   */
  async delete(id: string, { withRecording = false } = {}): Promise<void> {
    await this.get(id);
    const stopped = toAnalysis(await this.#jobs.stop(id));
    const recording = withRecording ? await this.#recordingOf(stopped) : undefined;
    // Before the rows that lead to it: after a crash in between, removing the analysis again ends it.
    if (recording?.last === true) {
      await removeFolder(recordingFolder(this.#dataDir, recording.id));
      await unlinkRecording(this.#db, recording.id);
    }
    await this.#jobs.delete(id);
  }

  /** The analyses of a recording. */
  async readersOf(recording: string): Promise<AnalysisRecord[]> {
    const readers: AnalysisRecord[] = [];
    for (const { id, mediaPath } of await listByPath(this.#db, recording))
      if ((await recordingOf(this.#dataDir, mediaPath)) === recording) readers.push(await this.get(id));
    return readers;
  }

  /** The folder with the results of an analysis. @throws AppError `conflict` unless it is done. */
  results(id: string): Promise<string> {
    return this.#jobs.results(id, "analysis");
  }

  /** Where a live session writes the results of what it records. */
  liveRun(id: string): string {
    return this.#jobs.folders("analysis").runOf(id, 0);
  }

  /** The recording that an analysis reads; `last`: its session has ended, and no other analysis reads it. */
  async #recordingOf({ id, mediaPath }: AnalysisRecord): Promise<{ id: string; last: boolean } | undefined> {
    const recording = await recordingOf(this.#dataDir, mediaPath);
    if (recording === undefined) return undefined;
    const others = (await this.readersOf(recording)).filter((reader) => reader.id !== id);
    // Its own session is stopped with it; that of another one may go on.
    const free = recording === id || !(await isBeingRecorded(this.#dataDir, recording));
    const last = others.length === 0 && free;
    return { id: recording, last };
  }
}
