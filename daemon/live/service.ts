import { randomUUID } from "node:crypto";
import { rmdir, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { NewAnalysis } from "../../shared/protocol/analyses.ts";
import type { GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type {
  LiveDevices,
  LiveParticipant,
  RecordedClip,
  LiveRequest,
  LiveSession,
  LiveSource,
} from "../../shared/protocol/live.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { makeFolder, recordingFolder, recordingsFolder, removeFolder } from "../store/files.ts";
import { refuseOtherKinds } from "../media/refuseOtherKinds.ts";
import type { HostedJob } from "../jobs/hostedJob.ts";
import { analysisProgress } from "../store/analyses.ts";
import type { AnalysisService } from "../analysis/service.ts";
import { toolsOf } from "../analysis/tools.ts";
import { liveConfig } from "./config.ts";
import type { LiveEnd } from "./events.ts";
import { listBroken, removeEmpty, writeKept, type KeptSession } from "../store/keptSessions.ts";
import { recordingStem } from "./recordingStem.ts";
import { Session, type Beginning, type SessionNews } from "./session.ts";
import { Listeners } from "../../shared/listeners.ts";

/** Sessions at a time, and ended ones that are still listed. */
const maxRunning = 4;
const maxEnded = 20;
/** A capture page that went away may come back within this time; then its session ends. */
const returnMs = 10_000;
/** The first byte of a recording waits so long for its row. */
const listedMs = 1000;
/** The end of a session waits so long for a database that is away; what is to be told is told later. */
const storeMs = 5000;

/** What a live session of a participant needs of their study. */
export interface ParticipantSessions {
  /** Begins a session of the participant. @throws AppError `not_found`, `conflict` before their consent */
  begin(of: LiveParticipant): Promise<string>;
  /** How the participant's gaze is corrected, where they were calibrated. */
  gazeOf(of: LiveParticipant): Promise<GazeCalibration | undefined>;
  /** What is recorded belongs to the session; told again, nothing changes. */
  link(session: string, analysis: string, shows?: RecordedClip): Promise<void>;
  /** Nothing was recorded in it. */
  drop(session: string): Promise<void>;
}

export type LiveNews = SessionNews & { readonly id: string };

/** The life of live sessions: the one place through which routes and sockets start, feed and stop them. */
export class LiveService implements AsyncDisposable {
  readonly #analyses: AnalysisService;
  readonly #config: Config;
  readonly #log: Log;
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Listeners<LiveNews>();
  /** Ends of sessions. */
  readonly #ends = new Map<string, Promise<void>>();
  /** The analyses of sessions that record, until everything of them is stored. */
  readonly #recorded = new Map<string, HostedJob>();
  readonly #storing = new Set<Promise<void>>();
  readonly #participants: ParticipantSessions;

  private constructor(
    analyses: AnalysisService,
    participants: ParticipantSessions,
    config: Config,
    log: Log,
  ) {
    this.#analyses = analyses;
    this.#participants = participants;
    this.#config = config;
    this.#log = log;
  }

  /** Reports the recordings that a crash cut short, as interrupted analyses that can be retried. */
  static async open(
    analyses: AnalysisService,
    participants: ParticipantSessions,
    config: Config,
    log: Log,
  ): Promise<LiveService> {
    const live = new LiveService(analyses, participants, config, log);
    for (const kept of await listBroken(config.dataDir, log)) await live.#recover(kept);
    for (const id of await removeEmpty(config.dataDir)) await live.#forgetRow(id);
    return live;
  }

  async devices(): Promise<LiveDevices> {
    const { listDevices } = await import("../capture/devices.ts");
    return await listDevices(await toolsOf(this.#config));
  }

  /** @throws AppError `invalid_path`, `invalid_config`, `media_unsupported`, `too_many_requests`, `ffmpeg_missing` */
  async start(asked: LiveRequest): Promise<LiveSession> {
    const { dataDir, modelsDir, userModelsDir, device } = this.#config;
    liveConfig(asked.pipeline, asked.config);
    const source = await this.#resolve(asked.source);
    const ffmpeg = await toolsOf(this.#config);
    if (this.running >= maxRunning)
      throw new AppError("too_many_requests", "Too many live sessions run. Stop one first.");
    const id = randomUUID();
    const studySession = asked.participant && (await this.#participants.begin(asked.participant));
    const gazeCalibration = asked.participant && (await this.#participants.gazeOf(asked.participant));
    const request = { ...asked, config: { ...(gazeCalibration && { gazeCalibration }), ...asked.config } };
    const folders = {
      recordingDir: recordingFolder(dataDir, id),
      recordingStem: recordingStem(asked, new Date()),
      resultsDir: this.#analyses.liveRun(id),
    };
    const session: Session = new Session(
      id,
      request,
      source,
      studySession,
      folders,
      { modelsDir, userModelsDir, device, ffmpeg },
      {
        tell: (news) => this.#listeners.tell({ ...news, id }),
        begin: (beginning) => this.#begin(session, beginning),
      },
      this.#log,
    );
    this.#sessions.set(id, session);
    this.#ends.set(
      id,
      session.ended.then((end) => this.#end(session, end)),
    );
    this.#log.info("live_started", { id, source: source.kind });
    this.#forget();
    this.#listeners.tell({ kind: "changed", id });
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
    return this.#listeners.add(listener);
  }

  /** Stops what runs; its recordings and results are completed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.stop()));
    await Promise.all(this.#ends.values());
    for (const job of this.#recorded.values()) job.close();
    await Promise.all(this.#storing);
  }

  async #resolve(source: LiveSource): Promise<LiveSource> {
    if (source.kind === "file") {
      const clip = await this.#analyses.roots.resolve(source.path);
      await refuseOtherKinds(clip);
      return { ...source, path: clip };
    }
    if (source.kind === "devices" && source.camera === undefined && source.microphone === undefined)
      throw new AppError(
        "invalid_request",
        "Name a camera, a microphone or both. GET /api/live/devices lists them.",
      );
    return source;
  }

  /**
   * Lists a recording before its first byte is written: whatever comes, somebody can find, export and delete it.
   * @throws AppError `disk_full` and other failures to write; nothing is recorded then
   */
  async #begin(session: Session, beginning: Beginning): Promise<void> {
    const { id, startedAt } = session;
    const { dataDir } = this.#config;
    const kept = keptOf(session, beginning);
    await makeFolder(session.folders.recordingDir);
    await writeKept(dataDir, kept);
    const job = this.#analyses.host(id, askedOf(kept), startedAt, () => void session.stop());
    this.#recorded.set(id, job);
    // A capture does not stand still for a database that is away; what is in the folder leads to it as well.
    const listed = job.begin().then(() => this.#link(kept));
    await Promise.race([listed, sleep(listedMs, undefined, { ref: false })]);
    void this.#grant();
  }

  async #end(session: Session, end: LiveEnd): Promise<void> {
    const { id } = session;
    const came = await this.#whatCame(session);
    const storing = this.#store(session, end, came)
      .catch((error: unknown) => this.#log.error("live_not_kept", { id, error }))
      .then(() => {
        this.#storing.delete(storing);
        this.#recorded.delete(id);
      });
    this.#storing.add(storing);
    await Promise.race([storing, sleep(storeMs, undefined, { ref: false })]);
    this.#ends.delete(id);
    this.#log.info("live_ended", { id, ...end.counts, failure: end.failure?.code });
    session.finish(end, came && id);
  }

  /** What a session recorded, as it is written down beside it; undefined where there is not one byte. */
  async #whatCame(session: Session): Promise<KeptSession | undefined> {
    const { recording } = session.describe();
    const file = recording && (await stat(recording.path).catch(() => undefined));
    return recording && file && file.size > 0 ? keptOf(session, recording) : undefined;
  }

  /** Ends the analysis of what was recorded; of a session without it nothing stays. */
  async #store(session: Session, { analysis }: LiveEnd, kept: KeptSession | undefined): Promise<void> {
    const { id, folders } = session;
    const job = this.#recorded.get(id);
    if (kept === undefined || job === undefined) {
      if (session.studySession !== undefined) await this.#participants.drop(session.studySession);
      await removeFolder(folders.resultsDir);
      // It is there if a recording was begun; with something in it, it is not taken away.
      if (job === undefined) await rmdir(folders.recordingDir).catch(() => undefined);
      else await job.end({ state: "cancelled" }, () => removeFolder(folders.recordingDir));
      await this.#forgetRow(id);
      return;
    }
    await this.#grant();
    const settle = () => this.#close(kept);
    if (analysis === undefined) {
      await job.end({ state: "interrupted", failure: endedInMiddle }, settle);
      await this.#link(kept);
      return;
    }
    const { durationMs } = analysis.media;
    const { frames } = analysis.summary;
    const { framesPerSecond } = analysis.run;
    const progress = analysisProgress({ timeMs: durationMs, durationMs, frames, framesPerSecond });
    await job.end({ state: "done", progress }, settle);
    await this.#link(kept);
  }

  /** Puts the recording into the participant's session; again at its end, should the database be away now. */
  async #link({ id, studySession, shows }: KeptSession): Promise<void> {
    if (studySession === undefined) return;
    await this.#participants.link(studySession, id, shows).catch((error: unknown) => {
      this.#log.warn("live_not_linked", { id, error });
    });
  }

  async #close(kept: KeptSession): Promise<void> {
    await writeKept(this.#config.dataDir, { ...kept, endedAt: new Date().toISOString() });
  }

  /** So that recordings are read like the user's clips. The next start does it where the database is away. */
  async #grant(): Promise<void> {
    try {
      await this.#analyses.roots.grant(recordingsFolder(this.#config.dataDir));
    } catch (error) {
      this.#log.warn("recordings_not_granted", { error });
    }
  }

  async #forgetRow(id: string): Promise<void> {
    await this.#analyses.delete(id).catch((error: unknown) => {
      if (!isAppError(error, "not_found")) throw error;
    });
  }

  async #recover(kept: KeptSession): Promise<void> {
    await this.#analyses.roots.grant(recordingsFolder(this.#config.dataDir));
    await this.#analyses.adopt(kept.id, askedOf(kept), new Date(kept.startedAt), endedInMiddle);
    await this.#link(kept);
    await this.#close(kept);
    this.#log.warn("recording_recovered", { id: kept.id });
  }

  /** Drops the oldest of those that ended. */
  #forget(): void {
    const ended = [...this.#sessions.values()].filter((session) => !session.goesOn);
    for (const { id } of ended.slice(0, -maxEnded)) this.#sessions.delete(id);
  }
}

const endedInMiddle: Failure = {
  code: "interrupted",
  message: "The live session ended in the middle. Its recording is kept: Retry analyses it.",
};

function keptOf(session: Session, { path, startMs }: Beginning): KeptSession {
  const { id, startedAt, request, studySession } = session;
  const { source, pipeline, config, consent, interview, participant } = request;
  return {
    ...{ id, startedAt: startedAt.toISOString(), source, pipeline, config },
    ...(consent && { consent }),
    ...(interview && { interview }),
    ...(studySession !== undefined && { studySession }),
    ...(participant?.shows && { shows: participant.shows }),
    recording: { path, startMs },
  };
}

function askedOf({ recording, pipeline, config }: KeptSession): NewAnalysis {
  return { mediaPath: recording.path, pipeline, config };
}
