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
  /** The same log; its lines carry these fields as well. `also` hears of those from `info` up, whatever the level. */
  with(fields: Record<string, unknown>, also?: (line: string) => void): Log;
}

/**
 * Writes one JSON object a line: `{time, level, event, ...fields}`. Secrets cannot appear: a {@link Secret} prints as
 * `[hidden]`, and the text of each secret given to `hide` is cut out of the finished line.
 */
export function createLog(
  level: LogLevel,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  return makeLog({ secrets: [], fields: {}, sinks: [{ from: level, write }] });
}

interface LogSetup {
  readonly secrets: Secret[];
  readonly fields: Record<string, unknown>;
  readonly sinks: readonly { readonly from: LogLevel; readonly write: (line: string) => void }[];
}

function makeLog({ secrets, fields: own, sinks }: LogSetup): Log {
  const at = (name: LogLevel) => {
    const open = sinks.filter(({ from }) => order.indexOf(name) >= order.indexOf(from));
    if (open.length === 0) return () => undefined;
    return (event: string, fields: Record<string, unknown> = {}) => {
      // JSON escapes the first control characters only; a terminal obeys others, too.
      let line = JSON.stringify(
        { time: new Date().toISOString(), level: name, event, ...own, ...fields },
        plain,
      ).replace(
        /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
      for (const secret of secrets) line = line.replaceAll(secret.reveal(), secret.toString());
      for (const { write } of open) write(line + "\n");
    };
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    hide: (secret) => void secrets.push(secret),
    with: (fields, also) =>
      makeLog({
        ...{ secrets, fields: { ...own, ...fields } },
        sinks: also === undefined ? sinks : [...sinks, { from: "info", write: also }],
      }),
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
