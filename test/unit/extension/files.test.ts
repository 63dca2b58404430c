import assert from "node:assert/strict";
import { findFaults } from "../../../extension/files/faults.ts";
import { kindOf } from "../../../extension/files/kinds.ts";
import { fileSchemas } from "../../../extension/files/schemas.ts";
import { suggestionsAt } from "../../../extension/files/suggestions.ts";

const schema = fileSchemas[kindOf("x.experiment.yaml")!];
const interview = fileSchemas[kindOf("X.Interview.JSON")!];

/** The text with its first fault's fix, and what was marked. */
function mend(text: string, by = schema): { marked: string; mended: string; message: string } {
  const [fault] = findFaults(text, by);
  assert.ok(fault !== undefined, "nothing was found");
  const { fix } = fault;
  return {
    marked: text.slice(fault.start, fault.end),
    message: fault.message,
    mended: fix === undefined ? text : text.slice(0, fix.start) + fix.text + text.slice(fix.end),
  };
}

describe("faults of a file that a user writes", () => {
  it("are none in a right one", () => {
    assert.deepEqual(findFaults("title: T\nclips: [a.mp4]\nruns:\n  - name: a\n", schema), []);
    assert.deepEqual(findFaults('{"title": "T", "clips": ["a"]}', schema), []);
  });

  it("a misspelt key is marked and renamed", () => {
    const { marked, mended } = mend("title: T\nclips: [a]\nconfig:\n  maxFace: 3\n");
    assert.equal(marked, "maxFace");
    assert.equal(mended, "title: T\nclips: [a]\nconfig:\n  maxFaces: 3\n");
  });

  it("in a list too", () => {
    const { mended } = mend("title: T\nclips: [a]\nruns:\n  - name: a\n    pipline: evm\n");
    assert.match(mended, /\n {4}pipeline: evm\n/);
  });

  it("a value that is none of the known ones is replaced by the nearest", () => {
    const { marked, mended } = mend("title: T\nclips: [a]\npipeline: emv\n");
    assert.equal(marked, "emv");
    assert.match(mended, /pipeline: evm/);
  });

  it("a key that is missing is added at the place of its map", () => {
    const { mended } = mend("title: T\nclips: [a]\nruns:\n  - pipeline: evm\n");
    assert.equal(mended, 'title: T\nclips: [a]\nruns:\n  - pipeline: evm\n    name: ""\n');
    const prompt = "title: T\nprompts:\n  - id: a\n    text: Hello?\n";
    assert.equal(mend(prompt, interview).mended, `${prompt.trimEnd()}\n    until: key\n`);
  });

  it("broken YAML is told where it breaks", () => {
    const [fault] = findFaults("title: [\nclips: }", schema);
    assert.ok(fault !== undefined && fault.start >= 9);
  });

  it("beyond a JSON schema are told as such", () => {
    const [fault] = findFaults('{"title":"T","clips":["a"],"runs":[{"name":"a"},{"name":"A"}]}', schema);
    assert.equal(fault?.beyondSchema, true);
    assert.match(fault.message, /same name/);
  });
});

describe("suggestions at the cursor", () => {
  const labels = (before: string, by = schema): string[] =>
    suggestionsAt(before, by).map(({ label }) => label);

  it("are the keys that are not there yet", () => {
    assert.deepEqual(labels("title: T\n"), ["clips", "pipeline", "config", "networks", "repeats", "runs"]);
    assert.ok(labels("title: T\nconfig:\n  maxFaces: 1\n  ").includes("maxHeight"));
    assert.ok(!labels("title: T\nconfig:\n  maxFaces: 1\n  ").includes("maxFaces"));
  });
  it("are those of an item of a list, however it is indented", () => {
    assert.deepEqual(labels("clips: [a]\nruns:\n  - "), ["name", "pipeline", "config", "networks"]);
    assert.deepEqual(labels("clips: [a]\nruns:\n- name: a\n  "), ["pipeline", "config", "networks"]);
    assert.deepEqual(labels("runs:\n  - name: a\n    config:\n      magnification:\n        "), [
      "preset",
      "mode",
      "filter",
      "alpha",
      "bandHz",
      "levels",
    ]);
    assert.deepEqual(labels("title: T\nprompts:\n  - id: a\n    te", interview).slice(0, 2), [
      "text",
      "speak",
    ]);
  });
  it("are the tasks below networks, and the values of a key", () => {
    assert.ok(labels("networks:\n  ").includes("landmarks"));
    assert.deepEqual(labels("pipeline: "), ["multimodal", "evm", "avatar"]);
    assert.deepEqual(labels("prompts:\n  - id: a\n    speak: ", interview), ["true", "false"]);
  });
  it("carry what they mean", () => {
    const [first] = suggestionsAt("", schema);
    assert.equal(first?.description, "What is compared.");
  });
});
