import assert from "node:assert/strict";
import { findFaults } from "../../../extension/files/faults.ts";
import { parseYaml } from "../../../shared/documents/parseYaml.ts";
import { interviewSchema } from "../../../shared/protocol/interview.ts";

describe("parsing YAML of users", () => {
  const most = 60_000;
  const documents: [name: string, text: string][] = [
    ["many keys", Array.from({ length: most / 10 }, (_, k) => `k${k}: 1`).join("\n")],
    ["many keys of JSON", `{${Array.from({ length: most / 12 }, (_, k) => `"k${k}":1`).join(",")}}`],
    ["equal keys", "a: 1\n".repeat(most / 5)],
    ["brackets that close", "]".repeat(most)],
    ["brackets that open", "[ ".repeat(most / 2)],
    ["commas", `[${",\n".repeat(most / 2)}]`],
    ["questions", "? ".repeat(most / 2)],
    ["anchors", "&a ".repeat(most / 3)],
    ["more than a file of people's", "a".repeat(200_001)],
  ];
  for (const [name, text] of documents)
    it(`tells the first faults of ${name}`, () => {
      const faults = findFaults(text, interviewSchema);
      assert.ok(faults.length > 0 && faults.length <= 200);
    });

  it("marks a key that is there twice, also within JSON", () => {
    const { faults } = parseYaml('{"a": 1, "b": {"c": 1, "c": 2}}');
    assert.deepEqual(faults, [{ start: 23, end: 26, message: "Map keys must be unique" }]);
    assert.deepEqual(parseYaml("a: {x: 1}\nb: {x: 1}\n").faults, []);
  });
});
