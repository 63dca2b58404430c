import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { LiveRequest, LiveSession, LiveSource } from "../../shared/protocol/live.ts";
import type { AnalysisEvent } from "../../shared/protocol/results.ts";
import { unixMs, type LiveEnd, type LiveEvent } from "./events.ts";
import { LiveFigures } from "./figures.ts";
import type { Log } from "../log.ts";
import { LiveProcess, type LiveSetup } from "./liveProcess.ts";
import { PageRecording, pageRecordingEnding } from "./pageRecording.ts";

export interface SessionFolders {
  readonly recordingDir: string;
  /** Name of the recording in it, without its ending. */
  readonly recordingStem: string;
  readonly resultsDir: string;
}

/** Where a recording lies, and where it begins on the session's clock. */
export interface Beginning {
  readonly path: string;
  readonly startMs: number;
}

export interface SessionListener {
  readonly tell: (news: SessionNews) => void;
  /** Called before the first byte of a recording is written; nothing is recorded where this fails. */
  readonly begin: (beginning: Beginning) => Promise<void>;
}

/** What a session tells. A result comes with the time that it took. */
export type SessionNews =
  | { readonly kind: "changed" }
  /** It began, or it ended. */
  | { readonly kind: "recording" }
  | { readonly kind: "event"; readonly event: LiveEvent; readonly latencyMs: number };

/** One live session, as routes and sockets see it. */
export class Session {
  readonly id: string;
  readonly request: LiveRequest;
  readonly folders: SessionFolders;
  /** The participant's session that its recording belongs to. */
  readonly studySession: string | undefined;
  readonly startedAt = new Date();
  /** Fulfilled when its process is gone and its files are closed. */
  readonly ended: Promise<LiveEnd>;
  /** The socket that pushes. */
  owner: string | undefined;
  readonly #process: LiveProcess;
  readonly #tell: (news: SessionNews) => void;
  readonly #begin: (beginning: Beginning) => Promise<void>;
  readonly #figures = new LiveFigures();
  readonly #pageRecording: PageRecording;
  #state: LiveSession["state"] = "starting";
  #picture: LiveSession["picture"];
  #recording: LiveSession["recording"];
  #failure: LiveSession["failure"];
  #analysisId: string | undefined;
  /** A page may record: it was asked to, at the start or later. */
  #pageMayRecord: boolean;
  #lastPushedMs = -1;
  #beginning: Promise<void> | undefined;

  /** @param source with its path resolved */
  constructor(
    id: string,
    request: LiveRequest,
    source: LiveSource,
    studySession: string | undefined,
    folders: SessionFolders,
    setup: LiveSetup,
    { tell, begin }: SessionListener,
    log: Log,
  ) {
    this.id = id;
    this.request = request;
    this.folders = folders;
    this.studySession = studySession;
    this.#tell = tell;
    this.#begin = begin;
    this.#pageMayRecord = request.record;
    this.#pageRecording = new PageRecording(
      path.join(folders.recordingDir, folders.recordingStem + pageRecordingEnding),
    );
    const { pipeline, config, record } = request;
    this.#process = new LiveProcess(
      { id, source, pipeline, config, record, ...folders },
      setup,
      (event) => this.#take(event),
      // What it records is the job of this id.
      log.with({ job: id }),
    );
    this.ended = this.#process.ended.finally(() => this.#pageRecording.close());
  }

  get goesOn(): boolean {
    return this.#state === "starting" || this.#state === "running";
  }

  describe(): LiveSession {
    const { source, pipeline, consent, interview, participant } = this.request;
    return {
      id: this.id,
      state: this.#state,
      source,
      pipeline,
      startedAt: this.startedAt.toISOString(),
      ...(this.#picture && { picture: this.#picture }),
      ...(this.#recording && { recording: this.#recording }),
      ...(this.#analysisId !== undefined && { analysisId: this.#analysisId }),
      ...(consent && { consent }),
      ...(interview && { interview }),
      ...(participant && { participant }),
      ...(this.studySession !== undefined && { studySession: this.studySession }),
      stats: this.#figures.report(),
      ...(this.#failure && { failure: this.#failure }),
    };
  }

  /** Somebody looks on, or nobody does any more. */
  watch(watched: boolean): void {
    this.#process.send({ type: "watched", watched });
  }

  /** @throws AppError `conflict` */
  async record(on: boolean): Promise<void> {
    this.#goesOn();
    await this.#process.record(on);
    this.#pageMayRecord ||= on;
  }

  /** Ends the source. The rest of the pieces of a page's recording is waited for. */
  async stop(): Promise<void> {
    if (this.request.source.kind === "page" && this.#recording?.on) {
      await this.#process.record(false).catch(() => undefined);
      await this.#pageRecording.complete();
    }
    await this.#process.stop();
  }

  /** @param socket that pushes @returns frames dropped so far @throws AppError `conflict`, `invalid_request` */
  async pushVideo(socket: string, timeMs: number, jpeg: Uint8Array): Promise<number> {
    this.#pushes(socket);
    if (timeMs <= this.#lastPushedMs)
      throw new AppError(
        "invalid_request",
        "The time of a picture has to be later than that of the one before.",
      );
    if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8)
      throw new AppError("media_unreadable", "The picture is no JPEG. Send pictures as JPEG.");
    this.#lastPushedMs = timeMs;
    this.#tell({ kind: "event", event: { kind: "preview", timeMs, jpeg }, latencyMs: 0 });
    await this.#process.hand({ type: "video", timeMs, jpeg, arrivedAt: unixMs() });
    return this.#figures.report().dropped;
  }

  /** @throws AppError `conflict` */
  async pushAudio(socket: string, timeMs: number, sampleRateHz: number, pcm: Uint8Array): Promise<void> {
    this.#pushes(socket);
    this.#tell({ kind: "event", event: { kind: "sound", timeMs, sampleRateHz, pcm }, latencyMs: 0 });
    await this.#process.hand({ type: "audio", timeMs, sampleRateHz, pcm });
  }

  /** @returns the number of the piece that comes next @throws AppError `conflict`, `disk_full` */
  async pushRecording(
    socket: string,
    {
      seq,
      chunk,
      startMs,
      last,
    }: { seq: number; chunk: Uint8Array; startMs?: number | undefined; last: boolean },
  ): Promise<number> {
    this.#pushes(socket);
    if (!this.#pageMayRecord) throw new AppError("conflict", "The recording is off. Switch it on first.");
    // The networks may not be loaded yet, and the page may be gone before they are.
    if (seq === 0) await this.#beginOnce({ path: this.#pageRecording.path, startMs: startMs ?? 0 });
    const next = await this.#pageRecording.add(seq, chunk, last);
    if (seq === 0) this.#process.send({ type: "begin-recording", startMs: startMs ?? 0 });
    return next;
  }

  /** @throws AppError `conflict`, `invalid_request` */
  segment(event: AnalysisEvent): void {
    this.#goesOn();
    if (event.endMs < event.startMs)
      throw new AppError("invalid_request", "A segment has to end after it starts.");
    this.#process.send({ type: "segment", event });
  }

  /** Everything is complete. */
  finish({ counts, failure }: LiveEnd, analysisId: string | undefined): void {
    this.#figures.end(counts);
    this.#failure = failure;
    this.#analysisId = analysisId;
    if (this.#recording) this.#recording = { ...this.#recording, on: false };
    this.#state = failure === undefined ? "stopped" : "failed";
    this.#tell({ kind: "changed" });
  }

  /** Once; again where it failed. */
  async #beginOnce(beginning: Beginning): Promise<void> {
    this.#beginning ??= this.#begin(beginning);
    try {
      await this.#beginning;
    } catch (error) {
      this.#beginning = undefined;
      throw error;
    }
    if (this.#recording !== undefined) return;
    this.#recording = { on: true, ...beginning };
    this.#tell({ kind: "recording" });
  }

  #take(event: LiveEvent): Promise<void> | undefined {
    const latencyMs = event.kind === "frame" ? this.#figures.result(event.arrivedAt, event.counts) : 0;
    if (event.kind === "running") this.#state = "running";
    if (event.kind === "picture") this.#picture = { width: event.width, height: event.height };
    if (event.kind === "recording" && event.on) return this.#beginOnce(event);
    if (event.kind === "recording") {
      this.#recording = { on: false, path: event.path, startMs: event.startMs };
      this.#tell({ kind: "recording" });
    } else if (event.kind === "running" || event.kind === "picture") this.#tell({ kind: "changed" });
    else this.#tell({ kind: "event", event, latencyMs });
    return undefined;
  }

  #goesOn(): void {
    if (!this.goesOn) throw new AppError("conflict", "The session has ended. Start another one.");
  }

  #pushes(socket: string): void {
    this.#goesOn();
    if (this.request.source.kind !== "page")
      throw new AppError(
        "conflict",
        "This session reads another source. Start one of kind page to push into it.",
      );
    this.owner ??= socket;
    if (this.owner !== socket)
      throw new AppError("conflict", "Another page feeds this session. Close it, or start another session.");
  }
}
