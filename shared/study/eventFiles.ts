import { plainCell } from "../csv.ts";
import { AppError } from "../errors.ts";
import { parseLabels } from "../labels/document.ts";
import { clipSpanSchema, type ClipSpan } from "../protocol/studyFile.ts";
import { readTable } from "../table/readTable.ts";
import { timeCell } from "../table/timeCell.ts";
import { baseName } from "./linkPattern.ts";

/** An event of a clip, as a file says. */
export interface FileEvent extends ClipSpan {
  /** The clip's file; undefined where the file does not say. */
  readonly file: string | undefined;
}

/**
 * Reads events: a labels file (each annotation that has an end), or a table with `start`, `end` and `name`, and `file` where it is
 * of several clips. Times need a unit (`start_s`, `end_s`) or colons.
 * @throws AppError `invalid_csv` with the line, `invalid_labels`
 */
export function readEvents(text: string): FileEvent[] {
  return /^\uFEFF?\s*\{/.test(text) ? labelEvents(text) : tableEvents(text);
}

function labelEvents(text: string): FileEvent[] {
  const { head, annotations } = parseLabels(text);
  const file = baseName(head.media.file);
  return annotations.flatMap(({ startMs, endMs, label }) =>
    endMs === undefined || endMs <= startMs || label.trim() === ""
      ? []
      : [
          {
            file,
            ...checked(
              { startMs: Math.max(0, startMs), endMs, name: label.slice(0, 100) },
              `"${label.slice(0, 40)}"`,
            ),
          },
        ],
  );
}

function tableEvents(text: string): FileEvent[] {
  const { columns, rows, headingLine } = readTable(text);
  const find = (...names: string[]): number =>
    columns.findIndex((title) =>
      names.includes(
        title
          .toLowerCase()
          .replace(/[^a-z]?(ms|s|sec|seconds)\]?\)?$/, "")
          .trim(),
      ),
    );
  const at = {
    file: find("file", "clip"),
    start: find("start"),
    end: find("end"),
    name: columns.findIndex((title) => /^(name|event|label)$/i.test(title.trim())),
  };
  if (at.start < 0 || at.end < 0 || at.name < 0)
    throw new AppError(
      "invalid_csv",
      `Line ${headingLine} must name the columns start_s, end_s and name (and file for several clips).`,
    );
  return rows.map(({ cells, line }) => {
    const cell = (i: number) => (i < 0 ? "" : plainCell(cells[i] ?? "").trim());
    const startMs = timeCell(cell(at.start), columns[at.start]!, line);
    const endMs = timeCell(cell(at.end), columns[at.end]!, line);
    const file = cell(at.file);
    return {
      file: file === "" ? undefined : baseName(file),
      ...checked({ startMs, endMs, name: cell(at.name) }, `Line ${line}`),
    };
  });
}

function checked(span: ClipSpan, where: string): ClipSpan {
  if (span.endMs <= span.startMs)
    throw new AppError("invalid_csv", `${where}: the event ends before it starts. Mend it.`);
  const parsed = clipSpanSchema.safeParse(span);
  if (parsed.success) return parsed.data;
  throw new AppError("invalid_csv", `${where}: ${parsed.error.issues[0]!.message}. Mend it.`);
}
