import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

const models = path.join(import.meta.dirname, "../../../models");
const readIn = (file: string): string => readFileSync(path.join(models, file), "utf8");

/** Rows of the table: what was measured, the figure, and the card that has it. */
const rows = readIn("FIGURES.md")
  .split("\n")
  .flatMap((line) => {
    const found = /^\| (.+?) \| (\S+)(?: (\(.+? to .+?\)))? \| .+ \| \[.+\]\((.+)\) \|$/.exec(line);
    return found ? [{ what: found[1]!, figure: found[2]!, interval: found[3], card: found[4]! }] : [];
  });

describe("the figures that are told of all networks", () => {
  it("are those of the cards, with their intervals", () => {
    assert.ok(rows.length > 20);
    for (const { what, figure, interval, card } of rows) {
      const told = interval === undefined ? figure : `${figure} ${interval.slice(0, -1)}`;
      assert.ok(readIn(card).includes(told), `${what}: ${card} does not say ${told}`);
    }
  });
});
