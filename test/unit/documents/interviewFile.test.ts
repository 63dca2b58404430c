import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import { parseInterview } from "../../../daemon/documents/interviewFile.ts";
import { isAppError } from "../../../shared/errors.ts";
import { sampleInterview } from "../../../shared/interview/sampleInterview.ts";
import { interviewSchema } from "../../../shared/protocol/interview.ts";

const root = path.resolve(import.meta.dirname, "../../..");

describe("interview files", () => {
  it("reads the sample, with defaults filled in", () => {
    const sample = parseInterview(sampleInterview);
    assert.equal(sample.prompts.length, 4);
    assert.deepEqual(sample.prompts[0], {
      id: "baseline",
      text: "Please look at the screen and rest for a few seconds. You need not say anything.",
      speak: true,
      answerSeconds: 8,
      pauseMs: 500,
    });
  });

  it("reads JSON too", () => {
    const interview = { title: "One", prompts: [{ id: "a", text: "Hello?", until: "key", speak: false }] };
    const read = parseInterview(JSON.stringify(interview));
    assert.equal(read.language, "en");
    assert.equal(read.prompts[0]!.speak, false);
  });

  const prompt = (lines: string): string => `title: T\nprompts:\n  - id: a\n    text: Hello\n${lines}`;
  for (const [name, text, expected] of [
    ["nothing at all", "", /line 1, column 1: /],
    ["broken YAML", "title: [\nprompts: }", /line 2/],
    [
      "a missing text",
      "title: T\nprompts:\n  - id: a\n    until: key\n",
      /line 3, column 5: prompts\.0\.text /,
    ],
    ["a wrong type", prompt("    answerSeconds: soon\n"), /line 5, column 20: prompts\.0\.answerSeconds /],
    ["neither end of the answer", prompt(""), /needs either answerSeconds or until: key/],
    [
      "both ends of the answer",
      prompt("    answerSeconds: 3\n    until: key\n"),
      /line 5, column 20: .*either/,
    ],
    ["an unknown field", prompt("    until: key\n    colour: red\n"), /"colour"/],
    ["two prompts of one id", prompt("    until: key\n  - {id: a, text: b, until: key}\n"), /same id/],
    ["a language that is none", prompt("    until: key\nlanguage: '../x'\n"), /line 6, column 11: language /],
    ["an alias", "title: &t T\nprompts:\n  - {id: a, text: *t, until: key}\n", /without anchors/],
  ] as const) {
    it(`refuses ${name} and says where`, () => {
      assert.throws(
        () => parseInterview(text),
        (error) => isAppError(error, "invalid_interview") && expected.test(error.message),
      );
    });
  }

  it("have a JSON schema for editors that is up to date (EDIN_REWRITE=1 writes it)", async () => {
    const file = path.join(root, "extension/schemas/interview.schema.json");
    const now = `${JSON.stringify(z.toJSONSchema(interviewSchema, { io: "input", target: "draft-7" }), undefined, 2)}\n`;
    if (process.env["EDIN_REWRITE"] === "1") await writeFile(file, now);
    assert.equal(await readFile(file, "utf8"), now);
  });
});
