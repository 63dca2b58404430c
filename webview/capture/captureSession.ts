import type { LivePipeline } from "../../shared/protocol/pipelines.ts";
import { signal, type ReadonlySignal } from "@preact/signals";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Interview } from "../../shared/protocol/interview.ts";
import {
  getLive,
  recordLive,
  startLive,
  type LiveParticipant,
  type LiveSession,
} from "../../shared/protocol/live.ts";
import { getStatus } from "../../shared/protocol/system.ts";
import type { AnswerOf, Host, RequestName, RequestOf } from "../host.ts";
import type { InterviewSegment } from "../interview/runner.ts";
import { openInputs, type InputChoice } from "./inputs.ts";
import { PicturePump } from "./pictures.ts";
import { PageRecorder } from "./recorder.ts";
import { SoundPump, toPcm16 } from "./sound.ts";

export interface CaptureOptions {
  readonly inputs: InputChoice;
  readonly pipeline: LivePipeline;
  /** Settings of the pipeline; those left out get their defaults. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly record: boolean;
  readonly consent: { readonly text: string; readonly givenAt: string };
  readonly interview?: Interview;
  readonly participant?: LiveParticipant;
  /** The page's own sound, for its level and spectrum. */
  readonly onSound: (samples: Float32Array, sampleRateHz: number) => void;
}

/** `lost`: camera and microphone are on, and the daemon is not there to look. */
export type CaptureState = "capturing" | "lost" | "ended";

/** How often a daemon that is away is looked for. */
const lookMs = 2000;

/**
 * A camera and a microphone of this browser as the source of a live session. When the daemon was away and knows the session no
 * more, a new one takes its place, with the same settings.
 */
export class CaptureSession {
  readonly stream: MediaStream;
  readonly #host: Host;
  readonly #options: CaptureOptions;
  readonly #startedAtMs = performance.now();
  readonly #session;
  readonly #state = signal<CaptureState>("capturing");
  readonly #failed = signal<unknown>(undefined);
  readonly #recording = signal(false);
  readonly #stops: (() => void)[] = [];
  #pictures: PicturePump | undefined;
  #recorder: PageRecorder | undefined;

  private constructor(host: Host, options: CaptureOptions, stream: MediaStream, session: LiveSession) {
    this.#host = host;
    this.#options = options;
    this.stream = stream;
    this.#session = signal(session);
    this.#stops.push(
      host.connected.subscribe((connected) => {
        if (!connected && this.#state.peek() === "capturing") void this.#reconnect();
      }),
    );
    for (const track of stream.getTracks())
      track.addEventListener("ended", () => void this.#inputEnded(track.kind));
  }

  /** Opens camera and microphone, then starts the session. @throws AppError; then nothing is left open */
  static async start(host: Host, options: CaptureOptions): Promise<CaptureSession> {
    const stream = await openInputs(options.inputs);
    try {
      const session = await begin(host, options);
      const capture = new CaptureSession(host, options, stream, session);
      if (options.record) capture.#record();
      await capture.#startSound();
      return capture;
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    }
  }

  /** Changes when a new session takes the place of a lost one. */
  get session(): ReadonlySignal<LiveSession> {
    return this.#session;
  }
  get state(): ReadonlySignal<CaptureState> {
    return this.#state;
  }
  get recording(): ReadonlySignal<boolean> {
    return this.#recording;
  }
  /** Why it was lost or ended. */
  get failed(): ReadonlySignal<unknown> {
    return this.#failed;
  }
  /** Pictures that never reached the daemon. */
  get dropped(): number {
    return this.#pictures?.dropped ?? 0;
  }

  /** The clock of everything that is sent: 0 where capture began. */
  nowMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  /** Sends the camera's pictures from now on; `video` shows the stream. */
  attach(video: HTMLVideoElement): void {
    const [track] = this.stream.getVideoTracks();
    if (track === undefined || this.#pictures !== undefined) return;
    this.#pictures = new PicturePump(track, {
      video,
      startedAtMs: this.#startedAtMs,
      send: async (timeMs, jpeg) => {
        this.#mustBeThere();
        await this.#ask("live:push-video", { timeMs, jpeg });
      },
    });
  }

  sendSegment({ kind, startMs, endMs, prompt }: InterviewSegment): void {
    const segment = { kind, startMs, endMs, label: prompt.text };
    this.#ask("live:segment", segment).catch((error: unknown) => (this.#failed.value = error));
  }

  /** Ends capture, waits for the recording, and ends the session. */
  async stop(): Promise<void> {
    if (this.#state.peek() === "ended") return;
    this.#close();
    const written = this.#recorder?.stop();
    for (const track of this.stream.getTracks()) track.stop();
    await written;
    this.#recording.value = false;
    try {
      this.#session.value = (await this.#ask("live:end", {})).session;
    } catch (error) {
      this.#failed.value = error;
    }
  }

  /** Does what was asked of the session elsewhere: it was ended, or its recording was switched. */
  follow(session: LiveSession): void {
    if (session.id !== this.#session.peek().id || this.#state.peek() === "ended") return;
    this.#session.value = session;
    if (session.state === "stopped" || session.state === "failed") void this.stop();
    else if (session.recording?.on === true && this.#recorder === undefined) this.#record();
    else if (session.recording?.on === false && this.#recording.peek()) {
      this.#recording.value = false;
      void this.#recorder?.stop();
    }
  }

  /** Records from now on; a session has one recording. @throws AppError `device_unavailable`, `conflict` */
  async record(on: boolean): Promise<void> {
    if (!on) {
      await this.#recorder?.stop();
      this.#recording.value = false;
    }
    const { session } = await this.#host.call(recordLive, { id: this.#session.peek().id, on });
    this.follow(session);
  }

  #record(): void {
    const { id } = this.#session.peek();
    this.#recorder = new PageRecorder(this.stream, {
      startedAtMs: this.#startedAtMs,
      push: (piece) => {
        this.#mustBeThere();
        return this.#host.ask("live:push-recording", { ...piece, id });
      },
      mayRetry: (error) => isAppError(error, "timeout") || isAppError(error, "too_many_requests"),
      onFailure: (error) => {
        this.#recording.value = false;
        // A session that the daemon lost is replaced, and its recording is complete as far as it was written.
        if (this.#session.peek().id === id && this.#state.peek() === "capturing") this.#failed.value = error;
      },
    });
    this.#recording.value = true;
  }

  async #startSound(): Promise<void> {
    if (this.stream.getAudioTracks().length === 0) return;
    const sound = await SoundPump.start(this.stream, {
      startedAtMs: this.#startedAtMs,
      onBlock: (timeMs, samples, sampleRateHz) => {
        this.#options.onSound(samples, sampleRateHz);
        if (this.#state.peek() !== "capturing" || !this.#host.connected.peek()) return;
        // A piece that is lost is a gap in the sound, as the times of the next ones tell.
        this.#ask("live:push-audio", { timeMs, sampleRateHz, pcm: toPcm16(samples) }).catch(() => undefined);
      },
    });
    this.#stops.push(() => sound.stop());
  }

  /** Looks for the daemon until it is back, then goes on in the session, or in a new one. */
  async #reconnect(): Promise<void> {
    this.#state.value = "lost";
    while (this.#state.peek() === "lost") {
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      if (this.#state.peek() !== "lost") return;
      try {
        await this.#resume();
        this.#failed.value = undefined;
        this.#state.value = "capturing";
      } catch (error) {
        this.#failed.value = error;
      }
    }
  }

  async #resume(): Promise<void> {
    // A daemon that does not know this page refuses the socket without a word; a call tells why.
    await this.#host.call(getStatus, {});
    this.#mustBeThere();
    const { id } = this.#session.peek();
    const now = await this.#host.call(getLive, { id }).catch((error: unknown) => {
      if (isAppError(error, "not_found")) return undefined;
      throw error;
    });
    if (now?.session.state === "running" || now?.session.state === "starting") return;
    const wasRecording = this.#recording.peek();
    this.#recorder = undefined;
    this.#session.value = await begin(this.#host, { ...this.#options, record: wasRecording });
    if (wasRecording) this.#record();
  }

  async #inputEnded(kind: string): Promise<void> {
    if (this.#state.peek() === "ended") return;
    this.#failed.value = new AppError(
      "device_unavailable",
      `The ${kind === "video" ? "camera" : "microphone"} went away. Connect it again and start again.`,
    );
    if (this.stream.getTracks().every((track) => track.readyState === "ended")) await this.stop();
  }

  #close(): void {
    this.#state.value = "ended";
    this.#pictures?.stop();
    for (const stop of this.#stops) stop();
  }

  /** Without a connection a request would wait and be told late; media are not worth that. */
  #mustBeThere(): void {
    if (!this.#host.connected.peek())
      throw new AppError(
        "timeout",
        "The EDIN daemon does not answer. Start it again; this page goes on by itself.",
      );
  }

  #ask<Name extends RequestName>(name: Name, request: Omit<RequestOf<Name>, "id">): Promise<AnswerOf<Name>> {
    return this.#host.ask(name, { ...request, id: this.#session.peek().id } as RequestOf<Name>);
  }
}

async function begin(host: Host, options: CaptureOptions): Promise<LiveSession> {
  const { pipeline, config = {}, record, consent, interview, participant } = options;
  const { session } = await host.call(startLive, {
    source: { kind: "page" },
    pipeline,
    config,
    record,
    consent,
    ...(participant && { participant }),
    ...(interview !== undefined && {
      interview: { title: interview.title, prompts: interview.prompts.map(({ text }) => text) },
    }),
  });
  return session;
}
