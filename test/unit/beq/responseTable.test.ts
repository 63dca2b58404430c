import assert from "node:assert/strict";
import { readResponses, type ReadOptions } from "../../../daemon/beq/readResponses.ts";
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
    ["bars", bytes(table([own, ["p1", ...numbers]], "|")), "csv"],
    ["what Excel writes first", bytes("sep=;\r\n" + table([own, ["p1", ...numbers]], ";", "\r\n")), "csv"],
    ["ends of old Macs", bytes(table([own, ["p1", ...numbers]], ",", "\r")), "csv"],
    [
      "rows and columns of nothing",
      bytes(table([[...own, "", ""], ["p1", ...numbers, "", ""], own.map(() => "")])),
      "csv",
    ],
    ["decimal commas", bytes(table([own, ["p1", ...numbers.map((n) => `${n},0`)]], ";")), "csv"],
    [
      "floats beside the numbers of the rows",
      bytes(
        table([
          ["", ...own],
          ["0", "p1", ...numbers.map((n) => `${n}.0`)],
        ]),
      ),
      "csv",
    ],
    [
      "labels with their codes",
      bytes(table([own, ["p1", ...numbers.map((n) => `Rather agree (${n})`)]])),
      "csv",
    ],
    [
      "codes with their labels",
      bytes(table([own, ["p1", ...numbers.map((n) => `[${n}] rather agree`)]])),
      "csv",
    ],
    [
      "codes that LimeSurvey proposes",
      bytes(table([lime, ["7", "2026-02-03", "p1", ...numbers.map((n) => `AO0${n}`)]])),
      "limesurvey",
    ],
    [
      "sub-questions of four digits, and codes of as many",
      bytes(
        table([
          lime.map((title) => title.replace("[SQ0", "[SQ00")),
          ["7", "2026-02-03", "p1", ...numbers.map((n) => `A000${n}`)],
        ]),
      ),
      "limesurvey",
    ],
    [
      "Qualtrics with its three lines of heading",
      bytes(
        table([
          quoted([
            "ResponseId",
            "Finished",
            "RecordedDate",
            ...numbers.map((_, k) => `BEQ_${k + 1}`),
            "participant",
          ]),
          quoted([
            "Response ID",
            "Finished",
            "Recorded Date",
            ...beqItems.map((text) => `How much? - ${text}`),
            "participant",
          ]),
          quoted([
            '{"ImportId":"_recordId"}',
            ...numbers.map((_, k) => `{"ImportId":"QID1_${k + 1}"}`),
            "{}",
            "{}",
            "{}",
          ]),
          quoted(["R_1", "True", "2026-02-03 10:11:12", ...numbers.map(String), "p1"]),
        ]),
      ),
      "qualtrics",
    ],
    [
      "Qualtrics by the texts of the questions and by ResponseId",
      bytes(
        table([
          quoted(["StartDate", "ResponseId", "Finished", ...numbers.map((_, k) => `Q7_${k + 1}`)]),
          quoted(["Start Date", "Response ID", "Finished", ...beqItems.map((text) => `How much? - ${text}`)]),
          quoted(['{"ImportId":"startDate"}', ...numbers.map(() => '{"ImportId":"QID1"}'), "{}", "{}"]),
          quoted(["2026-02-03 10:11:12", "p1", "1", ...numbers.map(String)]),
        ]),
      ),
      "qualtrics",
    ],
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
          quoted(["p1", "2026-02-03 10:11:12", ...numbers.map(String)]),
        ]),
      ),
      "limesurvey",
    ],
  ];
  for (const [name, file, layout] of good) {
    it(`reads ${name}`, () => {
      const read = readResponses(file);
      assert.deepEqual(read.problems, []);
      assert.equal(read.layout, layout);
      assert.deepEqual(
        read.rows.map(({ participant, items }) => [participant, items]),
        [["p1", numbers]],
      );
    });
  }

  const choices: [name: string, rows: (string | number)[][], options: ReadOptions, notes: RegExp][] = [
    [
      "the BEQ beside another scale, which is named",
      [
        [...numbers.map((_, k) => `BFI[SQ${k + 1}]`), "BFI[SQ017]", ...lime],
        [...numbers.map(() => "A1"), "A1", 7, "2026-02-03", "p1", ...numbers],
      ],
      {},
      /left alone: BFI \(17 columns\)/,
    ],
    [
      "columns that are mapped by a pattern",
      [
        ["code", ...numbers.map((_, k) => `Q5_${k + 1}`)],
        ["p1", ...numbers],
      ],
      { map: { beq: "Q5_#", participant: "code" } },
      /column code/,
    ],
    [
      "columns that are mapped one by one",
      [
        ["code", ...numbers.map((_, k) => `VAR${k + 101}`)],
        ["p1", ...numbers],
      ],
      {
        map: {
          participant: "code",
          ...Object.fromEntries(numbers.map((_, k) => [`beq${k + 1}`, `var${k + 101}`])),
        },
      },
      /column code/,
    ],
    [
      "one of two times that the BEQ was asked",
      [
        [
          "participant",
          ...numbers.map((_, k) => `BEQ_pre_${k + 1}`),
          ...numbers.map((_, k) => `BEQ_post_${k + 1}`),
        ],
        ["p1", ...numbers.map(() => 1), ...numbers],
      ],
      { map: { beq: "BEQ_post_#" } },
      /left alone: BEQ_pre \(16 columns\)/,
    ],
    [
      "what was submitted",
      [lime, [7, "2026-02-03", "p1", ...numbers], [8, "", "p2", 1, 2, ...numbers.slice(2).map(() => "")]],
      {},
      /1 response that was not submitted left out: p2/,
    ],
    [
      "what is finished, of Qualtrics",
      [
        ["ResponseId", "Finished", ...itemColumns],
        ["p1", "True", ...numbers],
        ["p2", "False", ...numbers],
        ["p3", "0", ...numbers],
      ],
      {},
      /2 responses that were not submitted left out: p2, p3/,
    ],
    [
      "what people answered, of Qualtrics",
      [
        ["ResponseId", "Status", "Finished", ...itemColumns],
        ["p1", "IP Address", "True", ...numbers],
        ["p2", "Survey Preview", "True", ...numbers],
        ["p3", "8", "1", ...numbers],
      ],
      {},
      /2 responses that Qualtrics calls a preview, a test or spam left out: p2, p3/,
    ],
    [
      "what is complete, of REDCap",
      [
        ["record_id", ...itemColumns, "beq_complete"],
        ["p1", ...numbers, 2],
        ["p2", ...numbers, 0],
      ],
      {},
      /not submitted left out: p2/,
    ],
  ];
  for (const [name, rows, options, notes] of choices)
    it(`takes ${name}`, () => {
      const read = readResponses(bytes(table(rows)), options);
      assert.deepEqual(read.problems, []);
      assert.deepEqual(
        read.rows.map(({ participant, items }) => [participant, items]),
        [["p1", numbers]],
      );
      assert.match(read.notes.join(" "), notes);
    });

  it("takes ids that stand in the first event only, and events and their repetitions for sessions", () => {
    const { rows, problems } = readResponses(
      bytes(
        table([
          ["record_id", "redcap_event_name", "redcap_repeat_instance", "participant_id", ...itemColumns],
          [1, "enrolment_arm_1", "", "p1", ...numbers.map(() => "")],
          [1, "visit_1_arm_1", "", "", ...numbers],
          [1, "visit_2_arm_1", 2, "", ...numbers],
          [2, "enrolment_arm_1", "", "p2", ...numbers],
        ]),
      ),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(
      rows.map(({ participant, session }) => [participant, session]),
      [
        ["p1", "visit_1_arm_1"],
        ["p1", "visit_2_arm_1 2"],
        ["p2", "enrolment_arm_1"],
      ],
    );
  });

  it("takes declared codes, and those of REDCap and of statistics programs, for no answer", () => {
    const [, , , , ...others] = numbers;
    const own = readResponses(
      bytes(
        table([
          ["participant", ...itemColumns],
          ["p1", "-99.0", "UNK", ".", "NaN", ...others],
        ]),
      ),
      {
        missing: ["-99", "unk"],
      },
    );
    assert.deepEqual(own.rows[0]?.items, [null, null, null, null, ...others]);
    const redcap = readResponses(
      bytes(
        table([
          ["record_id", ...itemColumns],
          ["p1", "NASK", "UNK", "", "NA", ...others],
        ]),
      ),
    );
    assert.deepEqual(redcap.rows[0]?.items, [null, null, null, null, ...others]);
  });

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
    ["another delimiter", bytes(table([own, ["p1", ...numbers]], "/")), [[1, own.join("/"), "heading"]]],
    [
      "another scale alone",
      bytes(
        table([
          ["participant", ...numbers.map((_, k) => `PANAS[SQ${k + 1}]`)],
          ["p1", ...numbers],
        ]),
      ),
      [[1, "participant", "heading"]],
    ],
    [
      "a scale that has more items than the BEQ",
      bytes(
        table([
          ["participant", ...itemColumns, "beq17"],
          ["p1", ...numbers, 1],
        ]),
      ),
      [[1, "beq17", "heading"]],
    ],
    [
      "the BEQ that was asked twice",
      bytes(
        table([
          [
            "participant",
            ...numbers.map((_, k) => `BEQ_t1_${k + 1}`),
            ...numbers.map((_, k) => `BEQ_t2_${k + 1}`),
          ],
          ["p1", ...numbers, ...numbers],
        ]),
      ),
      [[1, "BEQ_t1_1", "heading"]],
    ],
    [
      "labels of a scale of five",
      bytes(table([own, ["p1", "Strongly agree (5)", "1 - Strongly agree", ...numbers.slice(2)]])),
      [
        [2, "beq1", "answer"],
        [2, "beq2", "answer"],
      ],
    ],
    [
      "a code for no answer that nobody declared",
      bytes(table([own, ["p1", -99, "UNK", ...numbers.slice(2)]])),
      [
        [2, "beq1", "answer"],
        [2, "beq2", "answer"],
      ],
    ],
    [
      "dates that a spreadsheet made of answers",
      bytes(table([own, ["p1", "03-Mai", "5-Mar", "Apr-4", "2. Okt", "2026-03-05", ...numbers.slice(5)]])),
      ["beq1", "beq2", "beq3", "beq4", "beq5"].map((column) => [2, column, "answer"]),
    ],
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
      "bytes of no known encoding in a pseudonym and in a further column",
      bytes(
        table([
          [...own, "note"],
          ["p\x81", ...numbers, "c\x81\x8d"],
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
      const { problems } = readResponses(file);
      assert.deepEqual(
        problems.map(({ line, column, code }) => [line, column, code]),
        expected,
      );
    });
  }

  it("says of a column that item 3, 8 or 9 was turned round in it already, also where it is named by hand", () => {
    for (const title of ["beq3r", "BEQ_3_R", "beq3 rev", "rBEQ3", "beq03_recoded", "BEQ3.reversed"]) {
      const heading = own.map((column) => (column === "beq3" ? title : column));
      for (const map of [{}, { beq3: title }]) {
        const { problems, rows } = readResponses(bytes(table([heading, ["p1", ...numbers]])), { map });
        assert.deepEqual(rows, [], title);
        assert.ok(
          problems.some(({ message }) => message.startsWith(`${title} looks as if item 3`)),
          title,
        );
      }
    }
    const plain = own.map((column) => (column === "beq4" ? "beq4r" : column));
    assert.match(
      readResponses(bytes(table([plain, ["p1", ...numbers]]))).problems[0]!.message,
      /item 4 is missing/,
    );
  });

  it("says what became of an answer that is a date, and what to do with a scale that begins at 0", () => {
    const said = (answer: string | number) =>
      readResponses(bytes(table([own, ["p1", answer, ...numbers.slice(1)]]))).problems[0]!.message;
    for (const date of ["03-Mai", "3/7", "5.3.26", "2026-03-05 00:00:00"])
      assert.match(said(date), /a date that a spreadsheet made of an answer/, date);
    assert.doesNotMatch(said("5.3"), /date/);
    assert.match(said(0), /from 0 to 6, add 1 to every answer\. If 0 means that there is none, declare/);
  });

  it("says that the answers stop short of the scale", () => {
    const notes = (n: number, highest: number) =>
      readResponses(
        bytes(
          table([
            own,
            ...Array.from({ length: n }, (_, k) => [
              `p${k}`,
              ...numbers.map((_a, i) => 1 + ((i + k) % highest)),
            ]),
          ]),
        ),
      ).notes.join(" ");
    assert.match(notes(10, 5), /No answer of 10 forms is above 5/);
    assert.equal(notes(10, 6), "");
    assert.equal(notes(9, 5), "");
  });

  it("tells the first faults of very many", () => {
    const rows = Array.from({ length: 20_000 }, (_, k) => [`p${k}`, ...numbers.map(() => "x".repeat(3))]);
    const { problems } = readResponses(bytes(table([own, ...rows])));
    assert.equal(problems.length, 200);
    const spaces = table([own, ["p1", ...numbers.map(() => `1${" ".repeat(40_000)}x`)]]);
    assert.equal(readResponses(bytes(spaces)).problems.length, 16);
  });

  it("ends for any bytes, in milliseconds", () => {
    for (let seed = 1; seed < 300; seed += 1) {
      const noise = Buffer.from(Array.from({ length: 200 }, (_, k) => (seed * 7919 + k * k * seed) % 256));
      const { problems } = readResponses(noise);
      assert.ok(problems.length > 0);
    }
  });
});
