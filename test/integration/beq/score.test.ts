import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { scoresCsv, scoreTable } from "../../../daemon/beq/scoreTable.ts";
import { isAppError } from "../../../shared/errors.ts";
import { edin } from "../edin.ts";

const heading = ["participant", ...Array.from({ length: 16 }, (_, k) => `beq${k + 1}`)];
const form = (participant: string, answers: readonly (number | string)[]) => [participant, ...answers];
const all = (answer: number | string) => new Array<number | string>(16).fill(answer);
const csv = (rows: readonly (readonly (number | string)[])[], delimiter = ",", end = "\n") =>
  [heading, ...rows].map((row) => row.join(delimiter) + end).join("");
const mixed = [5, 2, 3, 6, 4, 6, 3, 5, 4, 6, 4, 3, 4, 1, 4, 5];

describe("edin beq score", () => {
  it("scores as published, whatever the delimiter, the line ends and the byte-order mark", () => {
    const rows = [form("p1", all(4)), form("p2", all(7)), form("p3", all(1))];
    const expected = "participant,nex,pex,str,total\np1,4,4,4,4\np2,4,7,7,6\np3,4,1,1,2\n";
    for (const text of [csv(rows), csv(rows, ";", "\r\n"), csv(rows, "\t"), `\uFEFF${csv(rows)}`]) {
      const { forms } = scoreTable(Buffer.from(text));
      assert.equal(scoresCsv(forms), expected);
      assert.ok(forms.every(({ straightLined }) => straightLined));
    }
  });

  it("leaves a facet empty that lacks more than a quarter of its items", () => {
    const answers = mixed.map((answer, k) => (k === 0 || k === 3 ? "" : answer));
    const { forms } = scoreTable(Buffer.from(csv([form("p1", answers)])));
    assert.match(scoresCsv(forms), /^p1,[\d.]+,,[\d.]+,$/m);
    assert.equal(forms[0]!.straightLined, false);
  });

  it("writes a participant that a spreadsheet would run as text", () => {
    const { forms } = scoreTable(
      Buffer.from(csv([form('"=HYPERLINK(""http://x"")"', mixed), form("@cmd", mixed)])),
    );
    assert.match(scoresCsv(forms), /^"'=HYPERLINK\(""http:\/\/x""\)",/m);
    assert.match(scoresCsv(forms), /^'@cmd,/m);
  });

  const wrong: [string, Uint8Array | string, RegExp][] = [
    [
      "an answer out of range",
      csv([form("p1", mixed), form("p2", [...mixed.slice(0, 6), 8, ...mixed.slice(7)])]),
      /Line 3, beq7: "8"/,
    ],
    ["a broken number", csv([form("p1", [3.5, ...mixed.slice(1)])]), /Line 2, beq1/],
    ["a row that is too short", csv([form("p1", mixed.slice(1))]), /Line 2, .*17/],
    ["a missing column", csv([form("p1", mixed)]).replace(",beq9", ",other"), /Line 1, beq9/],
    ["another delimiter", csv([form("p1", mixed)], "/"), /comma, semicolon or tab/],
    [
      "the same participant twice",
      csv([form("p1", mixed), form("p1", mixed)]),
      /Line 3, participant: p1 .* line 2/,
    ],
    [
      "bytes of no encoding",
      Buffer.from(csv([form("Zo\x81\x8d", mixed)]), "latin1"),
      /Line 2, participant.*UTF-8/,
    ],
    ["a workbook", Buffer.from("504b030414", "hex"), /xlsx/],
    ["an open quote", csv([form('"p1', mixed)]), /Line 2/],
    ["no row at all", csv([]), /no row/],
    ["an empty file", "", /Line 1/],
  ];
  for (const [name, content, words] of wrong)
    it(`refuses ${name}, with line and column`, () =>
      assert.throws(
        () => scoreTable(Buffer.from(content)),
        (error) =>
          (isAppError(error, "invalid_csv") || isAppError(error, "invalid_text")) &&
          words.test(error.message),
      ));

  describe("on the command line", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "edin-score-"));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it("writes scores and plots, and prints the reliability", async () => {
      const table = path.join(folder, "responses.csv");
      const shifted = Array.from({ length: 30 }, (_, i) =>
        form(
          `p${i}`,
          mixed.map((answer, k) => Math.max(1, Math.min(7, answer + ((i * (k + 3)) % 5) - 2))),
        ),
      );
      await writeFile(table, csv([...shifted, form("flat", all(4))]));
      const out = path.join(folder, "scores.csv");
      const plots = path.join(folder, "plots");
      const { code, stdout, stderr } = await edin([
        "beq",
        "score",
        table,
        ...["--out", out],
        ...["--plots", plots],
        "--json",
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /perhaps not read: flat/);
      const printed = JSON.parse(stdout) as {
        n: number;
        participants: { participant: string; nex: number; straightLined: boolean }[];
        reliability: Record<string, { n: number; alpha: number; omega: number }>;
      };
      assert.equal(printed.n, 31);
      assert.deepEqual(Object.keys(printed.reliability), ["nex", "pex", "str", "total"]);
      assert.ok(printed.reliability["pex"]!.alpha <= 1 && printed.reliability["pex"]!.n === 31);
      const written = (await readFile(out, "utf8")).trimEnd().split("\n");
      assert.equal(written[0], "participant,nex,pex,str,total");
      assert.equal(written.length, 32);
      assert.equal(written.at(-1), "flat,4,4,4,4");
      assert.deepEqual(
        (await readdir(plots)).sort(),
        ["nex", "pex", "str", "total"].map((name) => `distribution-${name}.svg`),
      );
    });

    it("writes nothing when a row is wrong", async () => {
      const table = path.join(folder, "wrong.csv");
      await writeFile(table, csv([form("p1", mixed), form("p2", all(9))]));
      const out = path.join(folder, "none.csv");
      const { code, stderr } = await edin([
        "beq",
        "score",
        table,
        ...["--out", out],
        ...["--plots", path.join(folder, "none")],
      ]);
      assert.equal(code, 1);
      assert.match(stderr, /^invalid_csv: Line 3, beq1/);
      assert.ok(!(await readdir(folder)).some((name) => name.startsWith("none")));
    });
  });
});
