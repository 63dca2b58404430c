import { AppError, isAppError } from "../../shared/errors.ts";
import type { GroupFigures, GroupsResult } from "../../shared/protocol/evaluations.ts";
import { classificationScores } from "../../shared/stats/classification.ts";
import { groupDifference } from "../../shared/stats/groupDifference.ts";
import { clusterBootstrap, type Interval } from "../../shared/stats/intervals.ts";
import { holmAdjusted } from "../../shared/stats/multipleTests.ts";
import { readRecords } from "../../shared/table/readTable.ts";
import { readTextFile } from "../text/readTextFile.ts";
import type { ClassCases } from "./classes.ts";
import { counted } from "../../shared/text/counted.ts";

/** Below these a group is told and not judged: a handful of people says nothing about a kind of people. */
const minCases = 30;
const minSubjects = 5;
const maxIntersections = 60;

/** What is known of each person or file. */
export interface GroupTable {
  readonly key: "subject" | "path";
  readonly columns: readonly string[];
  readonly of: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/**
 * Reads a table of groups: a column `subject` (or `path`) as the set has it, all others are attributes such as age or skin
 * that somebody recorded. Nothing is guessed.
 * @throws AppError `not_found`, `invalid_csv`
 */
export async function readGroups(file: string): Promise<GroupTable> {
  const { text } = await readTextFile(file).catch((cause: unknown) => {
    if (!isAppError(cause, "invalid_path")) throw cause;
    throw new AppError("not_found", `There is no table of groups ${file}. Check its name.`, { cause });
  });
  return groupTable(readRecords(text, []), file);
}

type Row = Readonly<Partial<Record<string, string>>>;

function groupTable(rows: readonly Row[], file: string): GroupTable {
  const header = Object.keys(rows[0] ?? {});
  const key = (["subject", "path"] as const).find((name) => header.includes(name));
  const columns = header.filter((name) => name !== key && name !== "");
  if (key === undefined || columns.length === 0)
    throw new AppError(
      "invalid_csv",
      `${file} needs a column subject (or path), as the set names them, and a column for each attribute.`,
    );
  const of = new Map<string, Record<string, string>>();
  for (const row of rows) {
    const name = row[key]!;
    if (of.has(name))
      throw new AppError("invalid_csv", `${file} has ${name} twice. Each ${key} stands in one row.`);
    const known = columns.flatMap((column) => {
      const value = row[column]!.trim();
      return value === "" ? [] : [[column, value] as const];
    });
    of.set(name, Object.fromEntries(known));
  }
  return { key, columns, of };
}

/** Figures by group and by intersection of two attributes, each against all others. @throws AppError `not_enough_data` */
export function figuresByGroup(cases: ClassCases, table: GroupTable): GroupsResult {
  const { files, truth, said, labels } = cases;
  const attributes = files.map((file) => {
    const name = table.key === "path" ? file.path : file.subject;
    return name === undefined ? undefined : table.of.get(name);
  });
  if (attributes.every((one) => one === undefined))
    throw new AppError(
      "not_enough_data",
      `The table of groups names no ${table.key} of the set. Both must write them alike${table.key === "subject" ? ", and labels.csv needs a column subject" : ""}.`,
    );
  const clusters = files.map(({ subject, path }) => subject ?? path);
  const right = said.map((answer, i) => (answer === truth[i] ? 1 : 0));
  const wanted = groupsOf(attributes, table.columns);
  const figures = wanted.groups.map((group): GroupFigures => {
    const members = attributes.flatMap((one, i) =>
      one !== undefined && Object.entries(group).every(([column, value]) => one[column] === value) ? [i] : [],
    );
    const subjects = new Set(members.map((i) => clusters[i]!));
    const small = members.length < minCases || subjects.size < minSubjects;
    const scores = (indices: readonly number[]) =>
      classificationScores(
        indices.map((i) => truth[i]!),
        indices.map((i) => said[i]),
        labels.length,
      );
    const own = scores(members);
    const interval = (pick: (of: ReturnType<typeof scores>) => number): Interval | undefined =>
      subjects.size < 2
        ? undefined
        : clusterBootstrap(
            (indices) => pick(scores(indices.map((k) => members[k]!))),
            members.map((i) => clusters[i]!),
            { draws: 500 },
          );
    const [accuracyInterval, uarInterval] = [
      interval(({ accuracy }) => accuracy),
      interval(({ uar }) => uar),
    ];
    // A person whose files are in several groups (by path) cannot be dealt out as a whole.
    const known = attributes.flatMap((one, i) => (one === undefined ? [] : [i]));
    const whole = known.every((i) => !subjects.has(clusters[i]!) || members.includes(i));
    const unit = whole ? clusters : files.map(({ path }) => path);
    const tested = small
      ? undefined
      : groupDifference(
          known.map((i) => right[i]!),
          known.map((i) => unit[i]!),
          new Set(members.map((i) => unit[i]!)),
        );
    return {
      ...{ group, n: members.length, subjects: subjects.size, accuracy: own.accuracy, uar: own.uar, small },
      ...(accuracyInterval && { accuracyInterval }),
      ...(uarInterval && { uarInterval }),
      ...tested,
    };
  });
  const tested = figures.flatMap(({ p }) => (p === undefined ? [] : [p]));
  const adjusted = holmAdjusted(tested);
  const groups = figures.map((one) => (one.p === undefined ? one : { ...one, pHolm: adjusted.shift()! }));
  const unknown = attributes.filter((one) => one === undefined).length;
  return {
    ...{ columns: table.columns, groups, unknown },
    notes: notesOf(cases, groups, unknown, wanted.cut),
  };
}

type Attributes = Readonly<Record<string, string>> | undefined;

/** Each value of each column, and each pair of values of two columns that somebody has. */
function groupsOf(attributes: readonly Attributes[], columns: readonly string[]) {
  const found = new Map<string, Record<string, string>>();
  const add = (group: Record<string, string>) => found.set(JSON.stringify(group), group);
  for (const column of columns)
    for (const value of [...new Set(attributes.map((one) => one?.[column]))].sort())
      if (value !== undefined) add({ [column]: value });
  const single = found.size;
  for (const [k, a] of columns.entries())
    for (const b of columns.slice(k + 1))
      for (const one of attributes)
        if (one?.[a] !== undefined && one[b] !== undefined) add({ [a]: one[a], [b]: one[b] });
  const all = [...found.values()];
  const pairs = all.slice(single).sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));
  return {
    groups: [...all.slice(0, single), ...pairs.slice(0, maxIntersections)],
    cut: Math.max(0, pairs.length - maxIntersections),
  };
}

function notesOf(
  { files }: ClassCases,
  groups: readonly GroupFigures[],
  unknown: number,
  cut: number,
): string[] {
  const small = groups.filter((one) => one.small).length;
  return [
    ...(unknown > 0
      ? [`The table of groups says nothing about ${unknown} of ${counted(files.length, "file")}.`]
      : []),
    ...(small > 0
      ? [
          `Of ${counted(groups.length, "group")} ${small} have fewer than ${minCases} files or ${minSubjects} persons: they are not tested, and their figures mean little.`,
        ]
      : []),
    ...(files.some(({ subject }) => subject === undefined)
      ? ["The set names no persons: intervals and tests take each file for a person of its own."]
      : []),
    ...(cut > 0 ? [`${cut} intersections more were left out.`] : []),
  ];
}
