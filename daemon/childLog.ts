import type { Readable } from "node:stream";
import type { Log } from "./log.ts";
import { readLines } from "./readLines.ts";

/** A line that never ends is cut: characters. */
const maxLineLength = 16_000;

/**
 * Takes what a child process writes on stderr into a log, line by line: lines of a log of its own as they are, with their
 * time and fields; anything else, such as the last words of a runtime that crashes, as `process_said`.
 * @returns fulfilled when the last was taken
 * @param log asked for each line, for a process may work for one job after another
 */
export function followWords(stderr: Readable, log: () => Log): Promise<void> {
  return readLines(stderr, maxLineLength, (line) => {
    const { level, event, ...fields } = logged(line);
    log()[level](event, fields);
  });
}

type Level = "debug" | "info" | "warn" | "error";

/** A line of {@link createLog} as its parts. */
function logged(line: string): { level: Level; event: string } & Record<string, unknown> {
  try {
    const { level, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
    if (typeof event === "string" && isLevel(level)) return { ...fields, level, event };
  } catch {
    // Not of a log.
  }
  return { level: "warn", event: "process_said", text: line };
}

function isLevel(text: unknown): text is Level {
  return text === "debug" || text === "info" || text === "warn" || text === "error";
}
