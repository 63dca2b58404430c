import assert from "node:assert/strict";
import { findFaults } from "../../../extension/files/faults.ts";
import { explanationAt } from "../../../extension/files/hover.ts";
import { kindOf } from "../../../extension/files/kinds.ts";
import { fileSchemas } from "../../../extension/files/schemas.ts";
import { pipelineSchema } from "../../../shared/protocol/pipelines.ts";
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

describe("messages of faults", () => {
  const message = (text: string, by = schema): string | undefined => findFaults(text, by)[0]?.message;
  for (const [text, wanted] of [
    [
      "title: T\nclips: [a]\npipeline: emv\n",
      `"pipeline" must be one of ${pipelineSchema.options.join(", ")}, not "emv".`,
    ],
    [
      "title: T\nclips: [a]\nconfig:\n  maxFaces: 100\n",
      '"config.maxFaces" must be a whole number from 1 to 64, not 100.',
    ],
    ["title: T\nclips: [a]\nrepeats: often\n", '"repeats" must be a whole number from 1 to 20, not "often".'],
    ["title: T\n", '"clips" is missing: a list.'],
    ["title: T\nclips: a.mp4\n", '"clips" must be a list, not "a.mp4".'],
    [
      "title: T\nclips: [a]\nconfig:\n  magnification:\n    mode: warp\n",
      '"config.magnification.mode" must be one of amplitude, motion, not "warp".',
    ],
  ] as const)
    it(`are sentences with what is allowed: ${wanted}`, () => assert.equal(message(text), wanted));
});

describe("hovers over keys", () => {
  const at = (text: string, word: string) => explanationAt(text, text.indexOf(word) + 1, schema);
  const text = "title: T\nclips: [a]\nconfig: {maxFaces: 3}\nruns:\n  - name: a\n    pipeline: evm\n";
  it("say what a key means, what is allowed, and the default", () => {
    const found = at(text, "maxFaces");
    assert.equal(text.slice(found!.start, found!.end), "maxFaces");
    assert.match(
      found!.lines.join(" "),
      /^Faces followed at a time.*Allowed: a whole number from 1 to \d+\. Default: `\d+`\.$/,
    );
    assert.match(at(text, "pipeline")!.lines.join(" "), /Allowed: one of multimodal, evm/);
    assert.match(at(text, "clips")!.lines.join(" "), /Allowed: a list\./);
  });
  it("are none over values and unknown keys", () => {
    assert.equal(at("title: T\nfoo: 1\n", "foo"), undefined);
    assert.equal(at("title: Some\n", "Some"), undefined);
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
  it("are offered inside braces, also nested ones and those of a list", () => {
    assert.ok(labels("title: T\nconfig: {").includes("maxHeight"));
    const second = labels("config: { maxFaces: 3, ");
    assert.ok(second.includes("maxHeight") && !second.includes("maxFaces"));
    assert.deepEqual(labels("config: { maxFaces: 3, magnification: { mode: "), ["amplitude", "motion"]);
    assert.deepEqual(labels("runs: [{ name: a, "), ["pipeline", "config", "networks"]);
    assert.deepEqual(labels("runs:\n  - { name: a, pipeline: "), pipelineSchema.options);
    assert.deepEqual(labels("networks: { face: x }\ntitle: T\nruns:\n  - name: a\n    ").slice(0, 1), [
      "pipeline",
    ]);
  });
  it("are the ids of networks for their task", () => {
    const networks = [
      { id: "blazeface", task: "face" },
      { id: "ssdlite", task: "face" },
      { id: "gaze-a", task: "gaze" },
    ] as const;
    const ids = (before: string) => suggestionsAt(before, schema, networks).map(({ text }) => text);
    assert.deepEqual(ids("networks: { face: "), ["blazeface", "ssdlite"]);
    assert.deepEqual(ids("runs:\n  - name: a\n    networks:\n      gaze: "), ["gaze-a"]);
  });
  it("carry what they mean", () => {
    const [first] = suggestionsAt("", schema);
    assert.equal(first?.description, "What is compared.");
  });
});
