import assert from "node:assert/strict";
import { csvCell, plainCell } from "../../../shared/csv.ts";
import { readRecords, readTable } from "../../../shared/table/readTable.ts";
import { findSummaryRows } from "../../../shared/table/summaryRows.ts";
import { isAppError } from "../../../shared/errors.ts";

describe("reading a table by its columns", () => {
  const cases: [name: string, text: string, expected: Record<string, string>[]][] = [
    [
      "plain rows",
      "a,b\n1,2\n3,4",
      [
        { a: "1", b: "2" },
        { a: "3", b: "4" },
      ],
    ],
    ["columns in another order, and more of them", "c,b,a\nx,2,1", [{ a: "1", b: "2", c: "x" }]],
    [
      "a byte-order mark, Windows line ends, empty lines",
      "\uFEFFa,b\r\n\r\n1,2\r\n\r\n",
      [{ a: "1", b: "2" }],
    ],
    ["quotes around commas, quotes and line ends", 'a,b\n"1,""x""","2\n3"\n', [{ a: '1,"x"', b: "2\n3" }]],
    ["empty cells and spaces around cells", "a,b\n , 2 \n", [{ a: "", b: "2" }]],
    ["a heading alone", "a,b\n", []],
    ["the line with which Excel names the delimiter", "sep=;\r\na;b\r\n1,5;2\r\n", [{ a: "1,5", b: "2" }]],
    ["line ends of old Macs, also within quotes", 'a,b\r1,"x\ry"\r', [{ a: "1", b: "x\ry" }]],
    ["rows of delimiters alone", "a,b\n1,2\n,\n,\n", [{ a: "1", b: "2" }]],
    ["columns in which nothing stands", "a,,b,,\n1,,2,,\n", [{ a: "1", b: "2" }]],
    ["tabs", "a\tb\n1,5\t2\n", [{ a: "1,5", b: "2" }]],
    ["bars", "a|b\n1|2\n", [{ a: "1", b: "2" }]],
    [
      "semicolons beside a heading full of commas",
      "a;b;c, d, e, f\n1;2;3\n",
      [{ a: "1", b: "2", "c, d, e, f": "3" }],
    ],
    ["texts that are written as formulas", 'a,b\n="007","=""1"""\n', [{ a: "007", b: "1" }]],
    ["spaces that do not break, and of zero width", "a,b\n\u00a01\u00a0,\u200b2\n", [{ a: "1", b: "2" }]],
  ];
  for (const [name, text, expected] of cases)
    it(`reads ${name}`, () => assert.deepEqual(readRecords(text, ["a", "b"]), expected));

  const faults: [name: string, text: string, says: RegExp][] = [
    ["an empty text", "", /a, b/],
    ["a missing column", "a,c\n1,2", /lacks the column b/],
    ["a row that is too short, with its line", "a,b\n1,2\n3", /Line 3 has 1/],
    ["a row that is too long, with its line", 'a,b\n"1\n1",2\n3,4,5', /Line 4 has 3/],
    ["two columns of one name", "a,b,a\n1,2,3", /two columns a/],
    ["an open quote", 'a,b\n1,"2\n3,4', /Line 2 opens a quote/],
  ];
  for (const [name, text, says] of faults)
    it(`refuses ${name}`, () =>
      assert.throws(
        () => readRecords(text, ["a", "b"]),
        (error) => isAppError(error, "invalid_csv") && says.test(error.message),
      ));
});

describe("a table of any shape", () => {
  it("is refused with more columns than people's tables have", () =>
    assert.throws(
      () => readTable(",x".repeat(20_000)),
      (error) => isAppError(error, "too_large"),
    ));

  // Each took seconds to minutes, or overflowed the stack: its time grew with the square of its length.
  const shapes: [name: string, text: string][] = [
    ["one cell of quotes", `a,b\nx${'"'.repeat(900_000)},1`],
    ["one cell of spaces", `a,b\n${" ".repeat(900_000)}x,1`],
    ["single cells", "x\n".repeat(190_000)],
    ["line ends alone", "\r\n".repeat(450_000)],
    ["cells alone", "a,b,c,d\n".repeat(100_000)],
  ];
  for (const [name, text] of shapes)
    it(`is read: ${name}`, () => {
      assert.ok(readTable(text).rows.length >= 0);
    });
});

describe("a cell of a table that is written", () => {
  const cells: [value: string, written: string][] = [
    ["=1+1", "'=1+1"],
    [" =1+1", "' =1+1"],
    ["\u00a0@x", "'\u00a0@x"],
    ["\uff1d1+1", "'\uff1d1+1"],
    ["\uff0b1", "'\uff0b1"],
    ["a;=1+1", "a;'=1+1"],
    ["a; -1", "a;' -1"],
    ["a\t=1", "a\t'=1"],
    ["a\n=1", '"a\n\'=1"'],
    ["a;b, c", '"a;b, c"'],
    ["it's - plain", "it's - plain"],
  ];
  for (const [value, written] of cells)
    it(`is no formula: ${JSON.stringify(value)}`, () => {
      assert.equal(csvCell(value), written);
      assert.equal(plainCell(written.replace(/^"|"$/g, "")), value);
    });
});

describe("rows that sum up others", () => {
  const rows = (...names: string[]) => names.map((name, k) => ({ cells: ["x", name, "4"], line: k + 2 }));
  const table: [names: string[], left: string[], doubtful: string[]][] = [
    [["p1", "p2"], [], []],
    [["p1", "p2", "Mean", "SD"], ["Mean", "SD"], []],
    [["p1", "Mittelwert", "Std. Dev.", "N"], ["Mittelwert", "Std. Dev.", "N"], []],
    [["p1", "Moyenne", "Écart-type"], ["Moyenne", "Écart-type"], []],
    // Somebody may be called so, and what sums up nothing is a name.
    [["Max", "p1", "Total"], ["Total"], ["Max"]],
    [["Mean"], [], ["Mean"]],
    [["sd01", "n2"], [], []],
  ];
  for (const [names, left, doubtful] of table)
    it(`are told from participants: ${names.join(", ")}`, () => {
      const found = findSummaryRows(rows(...names), 1);
      assert.deepEqual(
        [found.names, found.doubtful, found.from],
        [left, doubtful, names.length - left.length],
      );
    });
});
