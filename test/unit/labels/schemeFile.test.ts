import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { findFaults } from "../../../extension/files/faults.ts";
import { kindOf } from "../../../extension/files/kinds.ts";
import { fileSchemas } from "../../../extension/files/schemas.ts";
import { suggestionsAt } from "../../../extension/files/suggestions.ts";
import { emotionLooks } from "../../../shared/emotion/appearance.ts";
import { builtInSchemes } from "../../../shared/labels/schemes/builtIn.ts";
import { schemeSchema } from "../../../shared/protocol/scheme.ts";

const schema = fileSchemas[kindOf("emotions.scheme.yaml")!];
const right =
  "title: T\ntiers:\n  - id: face\n    kind: interval\n    labels:\n      - {id: happy, key: h}\n";

/** The text with its first fault's fix, and what the fault says. */
function mend(text: string): { mended: string; message: string } {
  const [fault] = findFaults(text, schema);
  assert.ok(fault !== undefined, "nothing was found");
  const { fix, message } = fault;
  return {
    message,
    mended: fix === undefined ? text : text.slice(0, fix.start) + fix.text + text.slice(fix.end),
  };
}

describe("files of coding schemes", () => {
  it("have a JSON schema for editors that is up to date (EDIN_REWRITE=1 writes it)", async () => {
    const file = path.join(import.meta.dirname, "../../../extension/schemas/scheme.schema.json");
    const now = `${JSON.stringify(z.toJSONSchema(schemeSchema, { io: "input", target: "draft-7" }), null, 2)}\n`;
    if (process.env["EDIN_REWRITE"] === "1") await writeFile(file, now);
    assert.equal(await readFile(file, "utf8"), now);
  });

  it("are told what is wrong with them where it stands, and how it is mended", () => {
    assert.deepEqual(findFaults(right, schema), []);
    assert.match(mend(right.replace("kind: interval", "kind: intervall")).mended, /kind: interval\n/);
    assert.match(mend(right.replace("labels:", "label:")).mended, /\n {4}labels:\n/);
    assert.match(mend(right.replace("    kind: interval\n", "")).mended, /kind: /);
    assert.match(mend(right.replace("key: h", "key: ctrl")).message, /one character/);
    const twice = `${right}      - {id: happy}\n`;
    assert.match(mend(twice).message, /same id/);
    assert.match(
      mend(`${right}  - {id: au, kind: interval, parent: nose, labels: [{id: a}]}\n`).message,
      /nose/,
    );
  });

  it("are completed: keys of a tier, kinds, fields of a label", () => {
    const labels = (before: string) => suggestionsAt(before, schema).map(({ label }) => label);
    assert.ok(labels("title: T\ntiers:\n  - id: face\n    ").includes("kind"));
    assert.deepEqual(labels("title: T\ntiers:\n  - id: face\n    kind: "), ["interval", "point", "trace"]);
    assert.deepEqual(labels("title: T\ntiers:\n  - id: face\n    labels:\n      - {id: happy, "), [
      "key",
      "color",
      "note",
    ]);
  });

  it("that come with EDIN have the colours of its charts for emotions", () => {
    for (const { id, color } of builtInSchemes.emotions.tiers[0]!.labels!)
      assert.equal(color, emotionLooks[id as keyof typeof emotionLooks].colour);
    for (const scheme of Object.values(builtInSchemes)) assert.ok(schemeSchema.safeParse(scheme).success);
  });
});
