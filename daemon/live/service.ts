import { randomUUID } from "node:crypto";
import { rmdir } from "node:fs/promises";
import { AppError } from "../../shared/errors.ts";
import type { LiveDevices, LiveRequest, LiveSession, LiveSource } from "../../shared/protocol/live.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { recordingFolder, recordingsFolder, removeFolder } from "../store/files.ts";
import type { AnalysisService } from "../analysis/service.ts";
import { toolsOf } from "../analysis/tools.ts";
import { liveConfig } from "./config.ts";
import type { LiveEnd } from "./events.ts";
import { listBroken, writeKept, type KeptSession } from "../store/keptSessions.ts";
import { Session, type SessionNews } from "./session.ts";

/** Sessions at a time, and ended ones that are still listed. */
const maxRunning = 4;
const maxEnded = 20;
/** A capture page that went away may come back within this time; then its session ends. */
const returnMs = 10_000;

export type LiveNews = SessionNews & { readonly id: string };

/** The life of live sessions: the one place through which routes and sockets start, feed and stop them. */
export class LiveService implements AsyncDisposable {
  readonly #analyses: AnalysisService;
  readonly #config: Config;
  readonly #log: Log;
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Set<(news: LiveNews) => void>();
  /** Ends of sessions, with what remains to be stored. */
  readonly #ends = new Map<string, Promise<void>>();

  private constructor(analyses: AnalysisService, config: Config, log: Log) {
    this.#analyses = analyses;
    this.#config = config;
    this.#log = log;
  }

  /** Reports the recordings that a crash cut short, as interrupted analyses that can be retried. */
  static async open(analyses: AnalysisService, config: Config, log: Log): Promise<LiveService> {
    const live = new LiveService(analyses, config, log);
    for (const kept of await listBroken(config.dataDir, log)) await live.#recover(kept);
    return live;
  }

  async devices(): Promise<LiveDevices> {
    const { listDevices } = await import("../capture/devices.ts");
    return await listDevices(await toolsOf(this.#config));
  }

  /** @throws AppError `invalid_path`, `invalid_config`, `invalid_request`, `too_many_requests`, `ffmpeg_missing` */
  async start(asked: LiveRequest): Promise<LiveSession> {
    const { dataDir, modelsDir, userModelsDir, device } = this.#config;
    liveConfig(asked.pipeline, asked.config);
    const source = await this.#resolve(asked.source);
    const ffmpeg = await toolsOf(this.#config);
    if (this.running >= maxRunning)
      throw new AppError("too_many_requests", "Too many live sessions run. Stop one first.");
    const id = randomUUID();
    const folders = { recordingDir: recordingFolder(dataDir, id), resultsDir: this.#analyses.liveRun(id) };
    const session = new Session(
      id,
      asked,
      source,
      folders,
      { modelsDir, userModelsDir, device, ffmpeg },
      (news) => this.#tell({ ...news, id }),
    );
    this.#sessions.set(id, session);
    this.#ends.set(
      id,
      session.ended.then((end) => this.#end(session, end)),
    );
    this.#log.info("live_started", { id, source: source.kind });
    this.#forget();
    this.#tell({ kind: "changed", id });
    return session.describe();
  }

  /** Sessions that run now. */
  get running(): number {
    return [...this.#sessions.values()].filter((session) => session.goesOn).length;
  }

  /** The newest first. */
  list(): LiveSession[] {
    return [...this.#sessions.values()].map((session) => session.describe()).reverse();
  }

  /** @throws AppError `not_found` */
  get(id: string): LiveSession {
    return this.session(id).describe();
  }

  /** To feed it. @throws AppError `not_found` */
  session(id: string): Session {
    const session = this.#sessions.get(id);
    if (session !== undefined) return session;
    throw new AppError(
      "not_found",
      "There is no such live session; it may have ended long ago. Reload the list.",
    );
  }

  /** Answers when recording and results are complete. */
  async stop(id: string): Promise<LiveSession> {
    const session = this.session(id);
    await session.stop();
    await this.#ends.get(id);
    return session.describe();
  }

  /** @throws AppError `conflict` */
  async record(id: string, on: boolean): Promise<LiveSession> {
    const session = this.session(id);
    await session.record(on);
    return session.describe();
  }

  /** A socket closed: what it fed ends, unless the page comes back soon. */
  left(socket: string): void {
    for (const session of this.#sessions.values()) {
      if (session.owner !== socket || !session.goesOn) continue;
      session.owner = undefined;
      setTimeout(() => {
        if (session.owner === undefined) void session.stop();
      }, returnMs).unref();
    }
  }

  /** Hears of everything until the returned function is called. */
  subscribe(listener: (news: LiveNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops what runs; its recordings and results are completed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.stop()));
    await Promise.all(this.#ends.values());
  }

  async #resolve(source: LiveSource): Promise<LiveSource> {
    if (source.kind === "file") return { ...source, path: await this.#analyses.roots.resolve(source.path) };
    if (source.kind === "devices" && source.camera === undefined && source.microphone === undefined)
      throw new AppError(
        "invalid_request",
        "Name a camera, a microphone or both. GET /api/live/devices lists them.",
      );
    return source;
  }

  async #end(session: Session, end: LiveEnd): Promise<void> {
    let analysisId: string | undefined;
    try {
      analysisId = await this.#keep(session, end);
    } catch (error) {
      this.#log.error("live_not_kept", { id: session.id, error });
    }
    this.#ends.delete(session.id);
    this.#log.info("live_ended", { id: session.id, ...end.counts, failure: end.failure?.code });
    session.finish(end, analysisId);
  }

  /** Makes an analysis of what was recorded. */
  async #keep(session: Session, { analysis }: LiveEnd): Promise<string | undefined> {
    const { recording } = session.describe();
    if (recording === undefined) {
      // Folders are made when recording is switched on; nothing came.
      await removeFolder(session.folders.resultsDir);
      await rmdir(session.folders.recordingDir).catch(() => undefined);
      return undefined;
    }
    await this.#analyses.roots.grant(recordingsFolder(this.#config.dataDir));
    const kept = keptOf(session, recording);
    if (analysis === undefined) await this.#adoptInterrupted(kept);
    else {
      const frames = analysis.summary.frames;
      const { durationMs } = analysis.media;
      const progress = {
        timeMs: durationMs,
        durationMs,
        frames,
        framesPerSecond: analysis.run.framesPerSecond,
      };
      const asked = { mediaPath: recording.path, pipeline: kept.pipeline, config: kept.config };
      await this.#analyses.adopt(session.id, asked, {
        state: "done",
        startedAt: session.startedAt,
        progress,
      });
    }
    await writeKept(this.#config.dataDir, { ...kept, endedAt: new Date().toISOString() });
    return session.id;
  }

  async #recover(kept: KeptSession): Promise<void> {
    await this.#analyses.roots.grant(recordingsFolder(this.#config.dataDir));
    await this.#adoptInterrupted(kept);
    await writeKept(this.#config.dataDir, { ...kept, endedAt: new Date().toISOString() });
    this.#log.warn("recording_recovered", { id: kept.id });
  }

  async #adoptInterrupted({ id, recording, pipeline, config, startedAt }: KeptSession): Promise<void> {
    await this.#analyses.adopt(
      id,
      { mediaPath: recording.path, pipeline, config },
      {
        state: "interrupted",
        startedAt: new Date(startedAt),
        failure: {
          code: "interrupted",
          message: "The live session ended in the middle. Its recording is kept: Retry analyses it.",
        },
      },
    );
  }

  #tell(news: LiveNews): void {
    if (news.kind === "recording") {
      const session = this.#sessions.get(news.id)!;
      // Before anybody hears of it, a crash would find it.
      writeKept(this.#config.dataDir, keptOf(session, session.describe().recording!)).catch(
        (error: unknown) => this.#log.error("live_not_kept", { id: news.id, error }),
      );
    }
    for (const listener of this.#listeners) listener(news);
  }

  /** Drops the oldest of those that ended. */
  #forget(): void {
    const ended = [...this.#sessions.values()].filter((session) => !session.goesOn);
    for (const { id } of ended.slice(0, -maxEnded)) this.#sessions.delete(id);
  }
}

function keptOf(session: Session, { path, startMs }: NonNullable<LiveSession["recording"]>): KeptSession {
  const { id, startedAt, request } = session;
  const { source, pipeline, config, consent, interview } = request;
  return {
    ...{ id, startedAt: startedAt.toISOString(), source, pipeline, config },
    ...(consent && { consent }),
    ...(interview && { interview }),
    recording: { path, startMs },
  };
}
