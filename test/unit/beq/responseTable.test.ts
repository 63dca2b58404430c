import assert from "node:assert/strict";
import { decodeTable } from "../../../daemon/beq/decodeTable.ts";
import { beqItems } from "../../../shared/beq/items.ts";
import { itemColumns, readResponseTable } from "../../../shared/beq/responseTable.ts";

const numbers = [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 1, 2];
const own = ["participant", ...itemColumns];
const table = (rows: readonly (readonly (string | number)[])[], delimiter = ",", end = "\n") =>
  rows.map((row) => row.join(delimiter) + end).join("");
const quoted = (texts: readonly string[]) => texts.map((text) => `"${text.replaceAll('"', '""')}"`);
const bytes = (text: string, encoding: BufferEncoding = "utf8") => Buffer.from(text, encoding);

describe("reading a table of BEQ responses", () => {
  const lime = [
    "id",
    "submitdate",
    "token",
    ...Array.from({ length: 16 }, (_, k) => `BEQ[SQ${String(k + 1).padStart(3, "0")}]`),
  ];
  const good: [name: string, file: Buffer, layout: string][] = [
    ["the own layout", bytes(table([own, ["p1", ...numbers]])), "csv"],
    [
      "semicolons, a byte-order mark, Windows ends",
      bytes("\uFEFF" + table([own, ["p1", ...numbers]], ";", "\r\n")),
      "csv",
    ],
    ["tabs", bytes(table([own, ["p1", ...numbers]], "\t")), "csv"],
    ["UTF-16 with its mark", bytes("\uFEFF" + table([own, ["p1", ...numbers]]), "utf16le"), "csv"],
    ["UTF-16 without a mark", bytes(table([own, ["p1", ...numbers]]), "utf16le"), "csv"],
    ["columns in another order", bytes(table([own.toReversed(), ["p1", ...numbers].toReversed()])), "csv"],
    [
      "a raw export of REDCap, with events that hold no form",
      bytes(
        table([
          [
            "record_id",
            "redcap_event_name",
            "beq_timestamp",
            ...numbers.map((_, k) => `beq_${k + 1}`),
            "beq_complete",
          ],
          ["p1", "base_arm_1", "2026-02-03 10:11:12", ...numbers, 2],
          ["p1", "other_arm_1", "[not completed]", ...numbers.map(() => ""), 0],
        ]),
      ),
      "redcap",
    ],
    [
      "a label export of REDCap, its headings the texts of the items",
      bytes(
        table([
          quoted(["Record ID", ...beqItems, "Complete?"]),
          quoted([
            "p1",
            ...numbers.map(
              (n) => ({ 1: "strongly disagree", 4: "4 - Neutral", 7: "Strongly agree" })[n] ?? String(n),
            ),
            "Complete",
          ]),
        ]),
      ),
      "redcap",
    ],
    [
      "codes of LimeSurvey",
      bytes(
        table(
          [quoted(lime), quoted(["7", "2026-02-03 10:11:12", "p1", ...numbers.map((n) => `A${n}`)])],
          ";",
        ),
      ),
      "limesurvey",
    ],
    [
      "full texts of LimeSurvey, without tokens",
      bytes(
        table([
          quoted(["Response ID", "Date submitted", ...beqItems.map((text) => `How much? [${text}]`)]),
          quoted(["p1", "", ...numbers.map(String)]),
        ]),
      ),
      "limesurvey",
    ],
  ];
  for (const [name, file, layout] of good) {
    it(`reads ${name}`, () => {
      const read = readResponseTable(decodeTable(file));
      assert.deepEqual(read.problems, []);
      assert.equal(read.layout, layout);
      assert.deepEqual(
        read.rows.map(({ participant, items }) => [participant, items]),
        [["p1", numbers]],
      );
    });
  }

  it("takes times without a zone for UTC, and empty cells for items that were not answered", () => {
    const [, second, ...others] = numbers;
    const read = readResponseTable(
      table([
        [...own, "completedAt"],
        ["p1", "", second!, ...others, "2026-02-03 10:11"],
      ]),
    );
    assert.equal(read.rows[0]?.completedAt, "2026-02-03T10:11:00.000Z");
    assert.deepEqual(read.rows[0].items, [null, second, ...others]);
  });

  const faults: [name: string, file: Buffer, problems: [number, string, string][]][] = [
    [
      "every answer off the scale",
      bytes(table([own, ["p1", 0, 8, 4.5, "x", -1, "11", "=1+1", "'=1", "7th", ...numbers.slice(9)]])),
      itemColumns.slice(0, 9).map((column) => [2, column, "answer"]),
    ],
    [
      "a missing and a doubled item",
      bytes(
        table([
          [...own.slice(0, -1), "beq_1"],
          ["p1", ...numbers],
        ]),
      ),
      [
        [1, "beq_1", "heading"],
        [1, "beq16", "heading"],
      ],
    ],
    ["no participant column", bytes(table([itemColumns, numbers])), [[1, "participant", "heading"]]],
    ["another delimiter", bytes(table([own, ["p1", ...numbers]], "|")), [[1, own.join("|"), "heading"]]],
    ["an empty file", bytes(""), [[1, "", "heading"]]],
    ["a heading alone", bytes(table([own])), [[1, "", "heading"]]],
    [
      "rows that are too short and too long",
      bytes(table([own, ["p1", ...numbers.slice(1)], ["p2", ...numbers, 1]])),
      [
        [2, "beq16", "row_length"],
        [3, "18", "row_length"],
      ],
    ],
    ["an open quote", bytes(`${own.join(",")}\np1,"1`), [[2, "", "row_length"]]],
    [
      "a row without a participant",
      bytes(table([own, ["", ...numbers]])),
      [[2, "participant", "participant_unknown"]],
    ],
    ["a row without answers", bytes(table([own, ["p1", ...numbers.map(() => "")]])), [[2, "beq1", "answer"]]],
    [
      "Latin-1 in a pseudonym and in a further column",
      bytes(
        table([
          [...own, "note"],
          ["p\u00e9", ...numbers, "caf\u00e9"],
        ]),
        "latin1",
      ),
      [
        [2, "participant", "encoding"],
        [2, "note", "encoding"],
      ],
    ],
    [
      "a time that is none",
      bytes(
        table([
          [...own, "completedAt"],
          ["p1", ...numbers, "yesterday"],
        ]),
      ),
      [[2, "completedAt", "answer"]],
    ],
  ];
  for (const [name, file, expected] of faults) {
    it(`names line and column of ${name}`, () => {
      const { problems } = readResponseTable(decodeTable(file));
      assert.deepEqual(
        problems.map(({ line, column, code }) => [line, column, code]),
        expected,
      );
    });
  }

  it("ends for any bytes, in milliseconds", () => {
    for (let seed = 1; seed < 300; seed += 1) {
      const noise = Buffer.from(Array.from({ length: 200 }, (_, k) => (seed * 7919 + k * k * seed) % 256));
      const { problems } = readResponseTable(decodeTable(noise));
      assert.ok(problems.length > 0);
    }
  });
});
