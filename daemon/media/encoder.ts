import { once } from "node:events";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { defaultFfmpeg, type MediaOptions } from "./ffmpeg.ts";
import { inputArguments, quietArguments } from "./inputArguments.ts";
import { Tool } from "./process.ts";
import { sniffMedia } from "./sniff.ts";
import { temporaryName } from "./temporaryName.ts";
import { writeFailure } from "./writeFailure.ts";

export interface EncoderOptions extends MediaOptions {
  readonly width: number;
  readonly height: number;
  /** Of the file that is written, frames a second. */
  readonly frameRate: number;
  /** What {@link Encoder.write} is given: planes as in Frame, or packed RGB, 8 bit. */
  readonly pixels?: "yuv420p" | "rgb24";
  /** Of yuv420p pixels, and of the file. */
  readonly matrix?: "bt601" | "bt709";
  readonly fullRange?: boolean;
  /** A file whose sound goes along, from its start. */
  readonly soundPath?: string | undefined;
  /** AAC for the world, PCM for measurements (needs a .mov file). */
  readonly sound?: "aac" | "pcm";
  /** x264's constant rate factor: 0 is lossless, 18 looks like the source. */
  readonly quality?: number;
}

/**
 * Starts an H.264 file. Frames go to a temporary name beside it, which becomes `file` in {@link Encoder.close}; whoever
 * does not get that far leaves nothing behind.
 * @throws AppError `media_unreadable` for the sound file, `ffmpeg_missing`.
 */
export async function createEncoder(file: string, options: EncoderOptions): Promise<Encoder> {
  const tools = options.ffmpeg ?? (await defaultFfmpeg());
  const { soundPath, width, height, frameRate, matrix = "bt709", fullRange = false } = options;
  const pixels = options.pixels ?? "yuv420p";
  const sound = soundPath ? inputArguments(soundPath, await sniffMedia(soundPath)) : [];
  const range = fullRange ? "pc" : "tv";
  const temporary = temporaryName(file);
  const args = [
    ...quietArguments,
    ...["-loglevel", "error"],
    ...["-f", "rawvideo", "-pix_fmt", pixels, "-s", `${width}x${height}`, "-framerate", String(frameRate)],
    ...["-i", "pipe:0"],
    ...sound,
    ...["-map", "0:v"],
    ...(soundPath ? ["-map", "1:a", "-c:a", options.sound === "pcm" ? "pcm_s16le" : "aac"] : []),
    // H.264 in 4:2:0 has even sides: one row or column is repeated where one is missing.
    "-vf",
    [
      "pad=w=ceil(iw/2)*2:h=ceil(ih/2)*2",
      pixels === "rgb24"
        ? `scale=out_color_matrix=${matrix}:out_range=${range}:flags=bilinear+accurate_rnd+bitexact`
        : `scale=in_range=${range}:out_range=${range}`,
      "format=yuv420p",
    ].join(","),
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", String(options.quality ?? 18)],
    ...["-colorspace", matrix === "bt709" ? "bt709" : "smpte170m", "-color_range", range],
    // The same input gives the same bytes: no dates, no versions.
    ...["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-map_metadata", "-1"],
    ...["-movflags", "+faststart", "-f", path.extname(file) === ".mov" ? "mov" : "mp4", temporary],
  ];
  const tool = new Tool(tools.ffmpeg, args, { environment: tools.environment, signal: options.signal });
  return new Encoder(tool, file, temporary, options);
}

/** An H.264 file being written. Dispose of it in any case; without {@link Encoder.close} that removes it. */
export class Encoder implements AsyncDisposable {
  readonly #tool: Tool;
  readonly #file: string;
  readonly #temporary: string;
  readonly #options: EncoderOptions;
  #frames = 0;
  #held: Uint8Array | undefined;

  constructor(tool: Tool, file: string, temporary: string, options: EncoderOptions) {
    this.#tool = tool;
    this.#file = file;
    this.#temporary = temporary;
    this.#options = options;
  }

  /**
   * Writes a picture. With a time it is held until the next one's: the file has one steady frame rate, whatever the
   * source had. Waits while the encoder is behind. `data` is free again afterwards.
   * @throws AppError `disk_full`, `invalid_path` where the file cannot be written, `media_unreadable` when the encoder gave up for
   * another reason; the signal's reason on abort.
   */
  async write(data: Uint8Array, timeMs?: number): Promise<void> {
    if (timeMs === undefined) return this.#send(data);
    const slot = Math.round((timeMs * this.#options.frameRate) / 1000);
    while (this.#held && this.#frames < slot) await this.#send(this.#held);
    this.#held ??= new Uint8Array(data.length);
    this.#held.set(data);
  }

  /** Finishes the file and gives it its name. */
  async close(): Promise<void> {
    if (this.#held) await this.#send(this.#held);
    this.#tool.stdin.end();
    const { code } = await this.#tool.ended;
    this.#options.signal?.throwIfAborted();
    if (code !== 0) throw this.#failure();
    await rename(this.#temporary, this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#tool.kill();
    await this.#tool.ended;
    await rm(this.#temporary, { force: true });
  }

  async #send(data: Uint8Array): Promise<void> {
    const { stdin, ended } = this.#tool;
    this.#options.signal?.throwIfAborted();
    if (stdin.destroyed) {
      // Why it ended, it says at its end.
      await ended;
      throw this.#failure();
    }
    this.#frames++;
    // A copy: the pipe may hold the bytes for longer than the caller does.
    if (stdin.write(new Uint8Array(data))) return;
    await Promise.race([once(stdin, "drain").catch(() => undefined), ended]);
  }

  #failure(): AppError {
    const unwritten = writeFailure(this.#file, this.#temporary, this.#tool.words);
    if (unwritten !== undefined) return unwritten;
    return new AppError(
      "media_unreadable",
      `${path.basename(this.#file)} could not be written as H.264. Run edin doctor to see whether ffmpeg can.`,
      {
        cause: new Error(this.#tool.words),
      },
    );
  }
}
