import type { LogLevel } from "./config.ts";
import type { Secret } from "./secret.ts";

const order: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

export interface Log {
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
  /** Keeps this text out of every later line, wherever it may appear. */
  hide(secret: Secret): void;
}

/**
 * Writes one JSON object a line: `{time, level, event, ...fields}`. Secrets cannot appear: a {@link Secret} prints as
 * `[hidden]`, and the text of each secret given to `hide` is cut out of the finished line.
 */
export function createLog(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  const secrets: Secret[] = [];
  const at = (name: LogLevel) => {
    if (order.indexOf(name) < order.indexOf(level)) return () => undefined;
    return (event: string, fields: Record<string, unknown> = {}) => {
      // JSON escapes the first control characters only; a terminal obeys others, too.
      let line = JSON.stringify(
        { time: new Date().toISOString(), level: name, event, ...fields },
        plain,
      ).replace(
        /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
      for (const secret of secrets) line = line.replaceAll(secret.reveal(), secret.toString());
      write(line + "\n");
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    hide: (secret) => void secrets.push(secret),
  };
}

/** JSON leaves errors and big integers out; a log needs both. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { name, message, stack, cause, ...("code" in value ? { code: value.code } : {}) };
  }
  return typeof value === "bigint" ? value.toString() : value;
}
