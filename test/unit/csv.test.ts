import assert from "node:assert/strict";
import { parseCsv } from "../../shared/csv.ts";
import { isAppError } from "../../shared/errors.ts";

describe("parseCsv", () => {
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
  ];
  for (const [name, text, expected] of cases)
    it(`reads ${name}`, () => assert.deepEqual(parseCsv(text, ["a", "b"]), expected));

  const faults: [name: string, text: string, says: RegExp][] = [
    ["an empty text", "", /a, b/],
    ["a missing column", "a,c\n1,2", /lacks the column b/],
    ["a row that is too short, with its line", "a,b\n1,2\n3", /Line 3 has 1/],
    ["a row that is too long, with its line", 'a,b\n"1\n1",2\n3,4,5', /Line 4 has 3/],
    ["an open quote", 'a,b\n1,"2\n3,4', /Line 2 opens a quote/],
  ];
  for (const [name, text, says] of faults)
    it(`refuses ${name}`, () =>
      assert.throws(
        () => parseCsv(text, ["a", "b"]),
        (error) => isAppError(error, "invalid_csv") && says.test(error.message),
      ));
});
