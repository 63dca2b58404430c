import * as vscode from "vscode";

const tailLines = 150;

/** The EDIN output channel: what the extension does, and the daemon's log lines at their own levels. */
export class Log implements vscode.Disposable {
  readonly #channel = vscode.window.createOutputChannel("EDIN", { log: true });

  readonly #tail: string[] = [];

  /** The last lines, for a report of an issue. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  info(message: string): void {
    this.#keep("info", message);
    this.#channel.info(message);
  }

  warn(message: string, error?: unknown): void {
    this.#keep("warning", message, error);
    this.#channel.warn(message, ...details(error));
  }

  error(message: string, error?: unknown): void {
    this.#keep("error", message, error);
    this.#channel.error(message, ...details(error));
  }

  /** One line of the daemon's standard error: JSON with `level` and `event`, or the last words of a crash. */
  daemonLine(line: string): void {
    const { level, message, rest } = parseLine(line);
    const text = `[daemon] ${message}${rest}`;
    this.#keep(level, text);
    if (level === "error") this.#channel.error(text);
    else if (level === "warn") this.#channel.warn(text);
    else if (level === "debug") this.#channel.debug(text);
    else this.#channel.info(text);
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#channel.dispose();
  }

  #keep(level: string, message: string, error?: unknown): void {
    this.#tail.push([`${new Date().toISOString()} [${level}] ${message}`, ...details(error)].join(" "));
    if (this.#tail.length > tailLines) this.#tail.shift();
  }
}

function parseLine(line: string): { level: string; message: string; rest: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { level: "error", message: line, rest: "" };
  }
  if (typeof value !== "object" || value === null) return { level: "info", message: line, rest: "" };
  const { level, event, ...rest } = value as Record<string, unknown>;
  // The channel writes the time itself.
  delete rest["time"];
  return {
    level: String(level),
    message: String(event),
    rest: Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`,
  };
}

function details(error: unknown): unknown[] {
  if (error === undefined) return [];
  return [error instanceof Error ? (error.stack ?? error.message) : error];
}
