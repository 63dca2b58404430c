import type { TableProblem } from "../protocol/studyRoutes.ts";
import { excerpt } from "../text/printable.ts";
import { beqItemCount, beqItems, reversedItems } from "./items.ts";

/** Columns that a user names by hand: `beq1` to `beq16`, or `beq` with `#` for the number, by the titles of the table. */
export type ColumnMap = Readonly<Partial<Record<string, string>>>;

export interface ItemColumns {
  /** Column of item k + 1; -1 where there is none. */
  readonly items: readonly number[];
  /** Other scales of the table, which are left alone. */
  readonly others: readonly { readonly scale: string; readonly columns: number }[];
  readonly problems: readonly TableProblem[];
}

/** What a title says: a number within a scale. `BEQ[SQ003]` is 3 of `BEQ`, `Q5_3` 3 of `Q5`. */
interface Numbered {
  readonly scale: string;
  readonly number: number;
  readonly column: number;
}

/**
 * Finds the columns of the 16 items: those named by hand, else the columns of a scale that is called BEQ, else those titled
 * with the texts of the items. Columns of another scale are never taken for the BEQ's.
 * @param questions longer titles of the columns, where the table has them
 */
export function findItems(
  titles: readonly string[],
  questions: readonly string[] | undefined,
  map: ColumnMap,
): ItemColumns {
  const problems: TableProblem[] = [];
  const problem = (column: string, message: string) =>
    problems.push({ line: 1, column, code: "heading", message });
  const scales = groupByScale(titles);
  const mapped = mappedItems(titles, map, problem);
  if (problems.length > 0) return { items: mapped, others: [], problems };
  let own: readonly Numbered[] = [];
  let items = mapped;
  if (mapped.includes(-1)) {
    const called = [...scales].filter(([scale]) => isBeq(scale));
    const whole = called.filter(([, members]) => isWhole(members));
    const byText = textItems(titles, questions);
    if (whole.length > 1) {
      const names = whole.map(([scale]) => excerpt(scale)).join(", ");
      problem(
        titles[whole[0]![1][0]!.column]!,
        `The table holds the BEQ ${whole.length} times (${names}). Say which columns to take by a map such as beq=${whole[0]![0]}_#.`,
      );
    } else if (whole.length === 1 || (called.length > 0 && byText.every((column) => column < 0))) {
      own = called.length === 1 ? called[0]![1] : (whole[0]?.[1] ?? called.flatMap(([, members]) => members));
      checkMembers(own, titles, mapped, problem);
      items = mapped.map((at, k) =>
        at >= 0 ? at : (own.find(({ number }) => number === k + 1)?.column ?? -1),
      );
    } else {
      items = mapped.map((at, k) => (at >= 0 ? at : byText[k]!));
      for (const [k, at] of items.entries()) if (at < 0) problem(`beq${k + 1}`, missingText(k + 1, titles));
    }
  }
  const taken = new Set(items);
  const others = [...scales.values()]
    .filter((members) => members.length > 1 && !members.some(({ column }) => taken.has(column)))
    .map((members) => ({ scale: members[0]!.scale, columns: members.length }));
  return { items, others, problems };
}

const numbered = /^(.*?)(?:[\s._:[(-]+(?:SQ|item|q|i)?)?0*(\d{1,4})[\])]?$/i;
/** A longer title is a sentence. */
const maxNameLength = 120;

function groupByScale(titles: readonly string[]): ReadonlyMap<string, readonly Numbered[]> {
  const groups = new Map<string, Numbered[]>();
  for (const [column, title] of titles.entries()) {
    const [, scale = "", digits] = (title.length > maxNameLength ? null : numbered.exec(title)) ?? [];
    if (digits === undefined || scale === "") continue;
    const key = scale.toLowerCase();
    const group = groups.get(key) ?? [];
    if (group.length === 0) groups.set(key, group);
    group.push({ scale, number: Number(digits), column });
  }
  return groups;
}

/** Whether a scale's name has `BEQ` as a word of its own. */
const isBeq = (scale: string): boolean => /(?:^|[^a-z])beq(?![a-z])|expressivity/.test(scale);

/** All of 1 to 16. */
function isWhole(members: readonly Numbered[]): boolean {
  const numbers = new Set(members.map(({ number }) => number));
  return Array.from({ length: beqItemCount }, (_, k) => k + 1).every((k) => numbers.has(k));
}

/** Every item once, and nothing that the BEQ does not have. */
function checkMembers(
  members: readonly Numbered[],
  titles: readonly string[],
  mapped: readonly number[],
  problem: (column: string, message: string) => void,
): void {
  const seen = new Set<number>();
  for (const { number, column } of members) {
    const title = titles[column]!;
    if (number < 1 || number > beqItemCount)
      problem(
        title,
        `The BEQ has items 1 to ${beqItemCount}, not ${number}. Name its columns by a map such as beq1=${title}.`,
      );
    else if (seen.has(number)) problem(title, `Item ${number} has two columns.`);
    seen.add(number);
  }
  for (const [k, at] of mapped.entries())
    if (at < 0 && !seen.has(k + 1)) problem(`beq${k + 1}`, missingText(k + 1, titles));
}

const turned =
  /^(.*?)0*(\d{1,2})[\s._-]*(?:r|rev|reversed?|rc|recoded|inv|inverted|umgepolt|gedreht)$|^(?:r|rev|reversed?|recoded|inv)[\s._-]*(.*?)0*(\d{1,2})$/i;

/** The title of a column that says that a reversed item was turned round in it already: EDIN would turn it back. */
function turnedColumn(item: number, titles: readonly string[]): string | undefined {
  if (!reversedItems.includes(item)) return undefined;
  return titles.find((title) => {
    const [, , behind, , ahead] = (title.length > maxNameLength ? null : turned.exec(title)) ?? [];
    return Number(behind ?? ahead) === item;
  });
}

function missingText(item: number, titles: readonly string[]): string {
  const title = turnedColumn(item, titles);
  return title === undefined ? `The column of item ${item} is missing.` : turnedText(item, title);
}

const turnedText = (item: number, title: string): string =>
  `${excerpt(title)} looks as if item ${item} was turned round in it already; EDIN turns it itself. Give the answers as they were given: 8 minus the number turns them back.`;

function mappedItems(
  titles: readonly string[],
  map: ColumnMap,
  problem: (column: string, message: string) => void,
): number[] {
  const pattern = map["beq"];
  const lower = titles.map((title) => title.toLowerCase());
  const find = (title: string) => lower.indexOf(title.trim().toLowerCase());
  const items = Array.from({ length: beqItemCount }, (_, k) => {
    const title = map[`beq${k + 1}`];
    if (title !== undefined) {
      if (find(title) < 0) problem(excerpt(title), `There is no column ${excerpt(title)} for item ${k + 1}.`);
      else if (turnedColumn(k + 1, [title]) !== undefined) problem(excerpt(title), turnedText(k + 1, title));
      return find(title);
    }
    if (pattern === undefined) return -1;
    const at = [1, 2, 3, 4]
      .map((width) => find(pattern.replace("#", String(k + 1).padStart(width, "0"))))
      .find((found) => found >= 0);
    if (at === undefined)
      problem(excerpt(pattern), `There is no column for item ${k + 1} by ${excerpt(pattern)}.`);
    return at ?? -1;
  });
  const twice = items.find((at, k) => at >= 0 && items.indexOf(at) !== k);
  if (twice !== undefined) problem(titles[twice]!, "The map gives this column to two items.");
  return items;
}

const letters = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
const texts = beqItems.map(letters);
/** The longest question around an item's text that is looked at. */
const maxQuestionLength = 2000;

/** By the texts of the items, in the heading or in the questions below it. */
function textItems(titles: readonly string[], questions: readonly string[] | undefined): number[] {
  const items = new Array<number>(beqItemCount).fill(-1);
  for (const [column, title] of titles.entries()) {
    for (const text of [title, questions?.[column] ?? ""]) {
      const plain = letters(text.slice(-maxQuestionLength));
      const item = texts.findIndex((one) => plain.endsWith(one));
      if (item >= 0 && items[item]! < 0) items[item] = column;
    }
  }
  return items;
}
