import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";

/** Bytes of one read at most; more than a local socket holds. */
const readBytes = 1 << 18;

interface PipeEvents {
  /** Valid until the listener returns, or while the pipe is paused by it. */
  data: [piece: Uint8Array];
  close: [];
}

/**
 * The output of a child process, read into the same memory again and again. Node's own pipes make a new buffer of 64 KB
 * for each read: at a hundred 720p frames a second the collector takes a quarter of the thread's time.
 */
export class WidePipe extends EventEmitter<PipeEvents> {
  /** Becomes the child's; close it here when the child has it. */
  readonly writer: net.Socket;
  readonly #reader: net.Socket;
  #paused = false;

  /** Undefined where a child process cannot be given a socket (Windows) or none can be made. */
  static async open(): Promise<WidePipe | undefined> {
    if (process.platform === "win32") return undefined;
    const folder = await mkdtemp(path.join(os.tmpdir(), "edin-"));
    try {
      return await WidePipe.#connect(path.join(folder, "pipe"));
    } catch {
      // For example a temporary folder whose name is longer than a socket's may be.
      return undefined;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  static async #connect(address: string): Promise<WidePipe> {
    const server = net.createServer({ pauseOnConnect: true });
    try {
      server.listen(address);
      await once(server, "listening");
      const accepted = once(server, "connection") as Promise<[net.Socket]>;
      let pipe: WidePipe | undefined;
      const reader = net.connect({
        path: address,
        onread: {
          buffer: new Uint8Array(readBytes),
          callback: (bytes, buffer) => pipe?.take(buffer.subarray(0, bytes)) ?? true,
        },
      });
      const [[writer]] = await Promise.all([accepted, once(reader, "connect")]);
      return (pipe = new WidePipe(writer, reader));
    } finally {
      server.close();
    }
  }

  private constructor(writer: net.Socket, reader: net.Socket) {
    super();
    this.writer = writer;
    this.#reader = reader;
    reader.once("close", () => this.emit("close"));
    reader.on("error", () => reader.destroy());
  }

  pause(): void {
    this.#paused = true;
    this.#reader.pause();
  }

  isPaused(): boolean {
    return this.#paused;
  }

  resume(): void {
    this.#paused = false;
    this.#reader.resume();
  }

  destroy(): void {
    this.writer.destroy();
    this.#reader.destroy();
  }

  /** Whether to read on. */
  private take(piece: Uint8Array): boolean {
    this.emit("data", piece);
    return !this.#paused;
  }
}
