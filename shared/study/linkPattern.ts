import { AppError } from "../errors.ts";
import { readTable } from "../table/readTable.ts";
import { plainCell } from "../csv.ts";

/** What a file name or a row of a table says of a clip. */
export interface ClipPlace {
  readonly participant: string;
  /** The visit. */
  readonly session?: string;
  readonly condition?: string;
  readonly stimulus?: string;
}

const fields = ["participant", "session", "condition", "stimulus"] as const;
type Field = (typeof fields)[number];

/**
 * Reads a pattern of file names, such as `{participant}_{condition}_{stimulus}.mp4`; `*` stands for anything. A part ends where
 * the text after it begins. Without an ending it fits names without theirs.
 * @returns what a name says; undefined for one that does not fit
 * @throws AppError `invalid_request` for a pattern without `{participant}`, or with an unknown or doubled part
 */
export function namePattern(pattern: string): (name: string) => ClipPlace | undefined {
  const seen = new Set<string>();
  const source = pattern.split(/(\{[^}]*\}|\*)/).map((part) => {
    if (part === "*") return ".*?";
    const [, field] = /^\{([^}]*)\}$/.exec(part) ?? [];
    if (field === undefined) return part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    if (!fields.some((known) => known === field) || seen.has(field))
      throw new AppError(
        "invalid_request",
        `{${field}} is not known or stands twice. The parts are {${fields.join("}, {")}} and *.`,
      );
    seen.add(field);
    return field === "participant" ? `(?<participant>[A-Za-z0-9_-]+?)` : `(?<${field}>.+?)`;
  });
  if (!seen.has("participant"))
    throw new AppError(
      "invalid_request",
      "The pattern needs {participant}, as {participant}_{condition}.mp4.",
    );
  const fitting = new RegExp(`^${source.join("")}$`, "iu");
  const bare = !/\.\w+$/.test(pattern);
  return (name) => {
    const groups = fitting.exec(bare ? name.replace(/\.\w+$/, "") : name)?.groups;
    return groups && place(groups);
  };
}

/**
 * Reads a table of clips: `file,participant` and, where they are there, `session,condition,stimulus`.
 * @returns what it says of each file, by its name in lower case
 * @throws AppError `invalid_csv` with the line
 */
export function readPlaces(text: string): ReadonlyMap<string, ClipPlace> {
  const { columns, rows, headingLine } = readTable(text);
  const titles = columns.map((title) => title.trim().toLowerCase());
  const at = (name: string): number => titles.indexOf(name);
  if (at("file") < 0 || at("participant") < 0)
    throw new AppError("invalid_csv", `Line ${headingLine} must name the columns file and participant.`);
  const places = new Map<string, ClipPlace>();
  for (const { cells, line } of rows) {
    const cell = (name: string) => plainCell(cells[at(name)] ?? "").trim();
    const file = baseName(cell("file"));
    if (file === "" || !/^[A-Za-z0-9_-]{1,64}$/.test(cell("participant")))
      throw new AppError(
        "invalid_csv",
        `Line ${line} lacks a file or a pseudonym (letters, digits, _ or -). Mend it.`,
      );
    if (places.has(file.toLowerCase()))
      throw new AppError("invalid_csv", `Line ${line} names ${file} a second time. Keep one line a file.`);
    places.set(file.toLowerCase(), place(Object.fromEntries(fields.map((name) => [name, cell(name)]))));
  }
  return places;
}

/** What a table says of a name, and the files that it names. */
export function clipPlaces(places: ReadonlyMap<string, ClipPlace>): {
  of: (name: string) => ClipPlace | undefined;
  files: readonly string[];
} {
  return { of: (name) => places.get(name.toLowerCase()), files: [...places.keys()] };
}

/** The last part of a path of any system. */
export const baseName = (path: string): string => path.split(/[\\/]/).at(-1)!;

function place(found: Readonly<Partial<Record<string, string>>>): ClipPlace {
  const given = (name: Field) => {
    const value = found[name]?.trim();
    return value === undefined || value === "" ? {} : { [name]: value.slice(0, 100) };
  };
  return {
    participant: found["participant"]!,
    ...given("session"),
    ...given("condition"),
    ...given("stimulus"),
  };
}
