import { csvCell, plainCell } from "../../../shared/csv.ts";
import { AppError } from "../../../shared/errors.ts";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { timeCell } from "../../../shared/table/timeCell.ts";
import { readTable as readTextTable } from "../../../shared/table/readTable.ts";
import { leftOut, outTiers, type Foreign, type ForeignTier, type Written } from "./foreign.ts";

/** Names of columns that are understood, lower case and without anything but letters. */
const names = {
  tier: ["tier", "layer", "tiername", "track"],
  start: ["start", "begin", "onset", "starttime", "begintime", "from", "tmin", "xmin"],
  end: ["end", "offset", "endtime", "stop", "to", "tmax", "xmax"],
  label: ["label", "value", "annotation", "text", "behavior", "behaviour", "code"],
} as const;

const columns = ["tier", "face", "start_ms", "end_ms", "label", "intensity", "apex_ms", "unsure", "note"];

/**
 * Reads a table of annotations with a heading. Times are in ms or s as the heading says (`start_ms`, `start_s`), or written as
 * h:mm:ss.mmm.
 *
 * @throws AppError `invalid_csv` that names line and column
 */
export function readLabelsTable(text: string): Foreign {
  const { columns: cells, rows } = readTextTable(text);
  const find = (wanted: readonly string[], required: boolean): number => {
    const at = cells.findIndex((cell) => wanted.includes(plain(cell)));
    if (at < 0 && required)
      throw new AppError(
        "invalid_csv",
        `The table lacks a column ${wanted[0] ?? ""}. Its first line must name ${columns.slice(0, 5).join(", ")}.`,
      );
    return at;
  };
  const at = {
    tier: find(names.tier, false),
    start: find(names.start, true),
    end: find(names.end, false),
    label: find(names.label, true),
  };
  const own = (name: string) => cells.findIndex((cell) => cell.toLowerCase() === name);
  const [face, intensity, apex, unsure, note] = ["face", "intensity", "apex_ms", "unsure", "note"].map(
    own,
  ) as [number, number, number, number, number];
  const known = new Set([...Object.values(at), face, intensity, apex, unsure, note]);
  const unknown = cells.filter((_, i) => !known.has(i) && cells[i] !== "");
  const tiers = new Map<string, { annotations: ForeignTier["annotations"][number][]; points: number }>();
  for (const { cells: row, line } of rows) {
    const cell = (i: number) => (i < 0 ? "" : plainCell(row[i] ?? "").trim());
    const startMs = timeCell(cell(at.start), cells[at.start]!, line);
    const endText = cell(at.end);
    const endMs = endText === "" ? undefined : timeCell(endText, cells[at.end]!, line);
    const name = cell(at.tier) || "labels";
    const tier = tiers.get(name) ?? { annotations: [], points: 0 };
    tiers.set(name, tier);
    if (endMs === undefined) tier.points++;
    const number = Number(cell(face));
    const more: Partial<Annotation> = {
      ...(Number.isInteger(number) && number > 0 && { face: number }),
      ...(cell(intensity) !== "" && { intensity: cell(intensity) }),
      ...(cell(apex) !== "" && { apexMs: timeCell(cell(apex), "apex_ms", line) }),
      ...(/^(true|yes|1)$/i.test(cell(unsure)) && { unsure: true }),
      ...(cell(note) !== "" && { note: cell(note) }),
    };
    tier.annotations.push({ startMs, ...(endMs !== undefined && { endMs }), value: cell(at.label), more });
  }
  return {
    tiers: [...tiers].map(([name, { annotations, points }]) => ({
      name,
      kind: points === annotations.length ? "point" : "interval",
      annotations,
    })),
    lost: unknown.length > 0 ? [`Columns that are not understood: ${unknown.join(", ")}.`] : [],
  };
}

/** No title of a column that is understood is longer. */
const maxTitleLength = 60;

function plain(cell: string): string {
  return cell
    .slice(0, maxTitleLength)
    .toLowerCase()
    .replace(/[^a-z]+(ms|s|sec|seconds|milliseconds|msec)\]?\)?$/, "")
    .replace(/[^a-z]/g, "")
    .replace(/ms$/, "");
}

/** One line an annotation, sorted by start. */
export function writeTable(
  document: LabelsDocument,
  scheme: Scheme | undefined,
  delimiter: "," | "\t",
): Written {
  const cell = (value: string | number | boolean | undefined): string => {
    if (delimiter === ",") return csvCell(value);
    const text = csvCell(value);
    return /[\t\r\n]/.test(text) && !text.startsWith('"') ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const titles = new Map(outTiers(document, scheme).map(({ tier }) => [tier.id, tier.title ?? tier.id]));
  const rows = document.annotations.map(
    ({ tier, face, startMs, endMs, label, intensity, apexMs, unsure, note }) =>
      [
        titles.get(tier) ?? tier,
        face,
        startMs,
        endMs,
        label,
        intensity,
        apexMs,
        unsure,
        note === "" ? undefined : note,
      ]
        .map(cell)
        .join(delimiter),
  );
  return {
    text: `${[columns.join(delimiter), ...rows].join("\n")}\n`,
    lost: leftOut(document, ["intensity", "apexMs", "unsure", "note"]),
  };
}
