import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { AppError } from "../../shared/errors.ts";
import { mediaLimits } from "./limits.ts";
import type { WidePipe } from "./widePipe.ts";

const running = new Set<Tool>();
process.once("exit", () => {
  for (const tool of running) tool.kill();
});

export interface ToolOptions {
  /** The whole environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Each complete line of stderr. Without it the end of stderr is kept in {@link Tool.words}. */
  readonly onLine?: (line: string) => boolean;
  /** Takes the child's standard output; otherwise it is {@link Tool.stdout}. */
  readonly output?: WidePipe | undefined;
}

/** A child process that cannot outlive this one: killed on abort, on {@link Tool.kill} and at exit. */
export class Tool {
  readonly stdin: Writable;
  /** Resolves, never rejects, when the process has ended and its pipes are closed. */
  readonly ended: Promise<{ code: number | undefined; error?: Error }>;
  readonly #child: ChildProcessByStdio<Writable, Readable | null, Readable>;
  readonly #output: WidePipe | undefined;
  #words = "";
  #lineStart = "";

  constructor(program: string, args: readonly string[], options: ToolOptions) {
    if (options.signal?.aborted) options.output?.destroy();
    options.signal?.throwIfAborted();
    this.#output = options.output;
    this.#child = spawn(program, args, {
      stdio: ["pipe", options.output?.writer ?? "pipe", "pipe"],
      env: { ...options.environment },
      windowsHide: true,
    }) as ChildProcessByStdio<Writable, Readable | null, Readable>;
    options.output?.writer.destroy();
    this.stdin = this.#child.stdin;
    // The other end may go first: what became of the work is told by the exit code.
    this.stdin.on("error", () => undefined);
    running.add(this);
    const abort = () => this.kill();
    options.signal?.addEventListener("abort", abort, { once: true });
    this.#child.stderr.setEncoding("utf8");
    this.#child.stderr.on("data", (text: string) => this.#listen(text, options.onLine));
    this.ended = new Promise((resolve) => {
      const end = (code: number | undefined, error?: Error) => {
        running.delete(this);
        options.signal?.removeEventListener("abort", abort);
        resolve(error ? { code, error } : { code });
      };
      this.#child.once("error", (error) => end(undefined, error));
      this.#child.once("close", (code) => end(code ?? undefined));
    });
  }

  get stdout(): Readable {
    return this.#child.stdout!;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The end of what the process said on stderr, bounded. */
  get words(): string {
    return this.#words + this.#lineStart;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
    this.#child.stdout?.destroy();
    this.#output?.destroy();
  }

  #listen(text: string, onLine: ToolOptions["onLine"]): void {
    const lines = (this.#lineStart + text).split("\n");
    this.#lineStart = (lines.pop() ?? "").slice(-mediaLimits.maxMessageBytes);
    for (const line of lines) {
      if (!onLine?.(line)) this.#words = (this.#words + line + "\n").slice(-mediaLimits.maxMessageBytes);
    }
  }
}

export interface RunToolOptions extends ToolOptions {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/**
 * Runs a program to its end and returns what it wrote.
 * @throws AppError `media_timeout`, `media_too_large` beyond the limits; the signal's reason on abort.
 */
export async function runTool(
  program: string,
  args: readonly string[],
  options: RunToolOptions,
): Promise<{ code: number | undefined; stdout: Buffer; words: string }> {
  const tool = new Tool(program, args, options);
  tool.stdin.end();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let stopped: AppError | undefined;
  const stop = (error: AppError) => {
    stopped = error;
    tool.kill();
  };
  const timer = setTimeout(
    () =>
      stop(
        new AppError("media_timeout", "Reading the file took too long. It may be damaged: try another copy."),
      ),
    options.timeoutMs,
  );
  tool.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= options.maxOutputBytes) chunks.push(chunk);
    else
      stop(
        new AppError("media_too_large", "The file describes more than EDIN reads. Cut or convert it first."),
      );
  });
  const { code } = await tool.ended;
  clearTimeout(timer);
  options.signal?.throwIfAborted();
  if (stopped) throw stopped;
  return { code, stdout: Buffer.concat(chunks), words: tool.words };
}
