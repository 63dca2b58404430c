import { AppError } from "../../shared/errors.ts";
import type { AudioChunk, Frame } from "../media/frame.ts";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { quietArguments } from "../media/inputArguments.ts";
import { pictureHead, soundHead, streamHeader } from "./matroska.ts";
import { Tool } from "../media/process.ts";

export interface RecorderOptions {
  readonly ffmpeg: Ffmpeg;
  /** Absent: no pictures. */
  readonly picture?: Pick<Frame, "width" | "height" | "matrix" | "fullRange"> | undefined;
  /** Absent: no sound. */
  readonly sampleRateHz?: number | undefined;
}

/** A recorder that is further behind than this leaves pictures out. */
const maxWaitingBytes = 32 * 1024 * 1024;

/**
 * Records pictures and sound as they come: H.264 and lossless sound in Matroska, each piece in the file within a second, so that
 * the file plays after whatever ended this process. Nothing waits for the recorder: pictures that it cannot take are
 * left out.
 */
export class Recorder implements AsyncDisposable {
  /** Pictures that went to the file. */
  frames = 0;
  readonly #tool: Tool;

  constructor(file: string, { ffmpeg, picture, sampleRateHz }: RecorderOptions) {
    this.#tool = new Tool(
      ffmpeg.ffmpeg,
      [
        ...quietArguments,
        ...["-loglevel", "error", "-protocol_whitelist", "file,pipe", "-format_whitelist", "matroska"],
        ...["-f", "matroska", "-copyts", "-i", "pipe:0", "-map", "0"],
        ...(picture ? pictureArguments(picture, ffmpeg) : []),
        ...["-c:a", "flac"],
        ...["-f", "matroska", "-cluster_time_limit", "500", "-flush_packets", "1", `file:${file}`],
      ],
      { environment: ffmpeg.environment },
    );
    this.#tool.stdout.resume();
    this.#tool.stdin.write(streamHeader({ size: picture, sampleRateHz }));
  }

  /** Takes a picture, `timeMs` after the start of the recording. `data` is free again afterwards. */
  picture(data: Uint8Array, timeMs: number): void {
    const { stdin } = this.#tool;
    if (!stdin.writable || stdin.writableLength > maxWaitingBytes) return;
    this.frames++;
    stdin.write(Buffer.concat([pictureHead(timeMs, data.length), data]));
  }

  /** Takes sound, its first sample `timeMs` after the start of the recording. */
  sound(samples: AudioChunk["samples"], timeMs: number): void {
    const { stdin } = this.#tool;
    if (!stdin.writable || timeMs < 0) return;
    const bytes = Buffer.alloc(2 * samples.length);
    for (let i = 0; i < samples.length; i++) bytes.writeInt16LE(Math.round(32767 * samples[i]!), 2 * i);
    stdin.write(Buffer.concat([soundHead(timeMs, bytes.length), bytes]));
  }

  /** Nothing more comes. */
  end(): void {
    this.#tool.stdin.end();
  }

  /** Completes the file. @throws AppError `media_unreadable` when the encoder gave up */
  async close(): Promise<void> {
    this.end();
    const { code, error } = await this.#tool.ended;
    if (code !== 0) {
      throw new AppError(
        "media_unreadable",
        "The recording broke off; what was recorded until then is there. Start another session to go on.",
        {
          cause: error ?? new Error(this.#tool.words),
        },
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    await this.#tool.ended;
  }
}

function pictureArguments(
  { matrix, fullRange }: NonNullable<RecorderOptions["picture"]>,
  ffmpeg: Ffmpeg,
): string[] {
  const range = fullRange ? "pc" : "tv";
  const even = "pad=w=ceil(iw/2)*2:h=ceil(ih/2)*2";
  return [
    ...["-vf", `${even},scale=in_range=${range}:out_range=${range},format=yuv420p`, ...ffmpeg.frameTimes],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-crf", "20", "-g", "60"],
    ...["-colorspace", matrix === "bt709" ? "bt709" : "smpte170m", "-color_range", range],
  ];
}
