import assert from "node:assert/strict";
import { readEvents } from "../../../shared/study/eventFiles.ts";
import { namePattern, clipPlaces, readPlaces } from "../../../shared/study/linkPattern.ts";

describe("clips by the patterns of their names", () => {
  for (const [pattern, name, expected] of [
    ["{participant}_{condition}.mp4", "p01_comedy.mp4", { participant: "p01", condition: "comedy" }],
    ["{participant}_{condition}", "p01_comedy.mov", { participant: "p01", condition: "comedy" }],
    ["{participant}_{condition}", "P_1_funny film.MP4", { participant: "P", condition: "1_funny film" }],
    [
      "*-{participant}-{session}-{stimulus}.webm",
      "lab-7-t2-cat.webm",
      { participant: "7", session: "t2", stimulus: "cat" },
    ],
    ["{participant}_{condition}.mp4", "p01_comedy.mov", undefined],
    ["{participant}", "no spaces.mp4", undefined],
  ] as const) {
    it(`${pattern} takes ${name} for ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(namePattern(pattern)(name), expected));
  }

  it("refuse a pattern without a participant, and parts that are unknown or doubled", () => {
    for (const pattern of ["{condition}.mp4", "{participant}{colour}", "{participant}_{participant}"])
      assert.throws(() => namePattern(pattern), { code: "invalid_request" });
  });

  it("come from a table too, whose faults have a line", () => {
    const table = readPlaces("file,participant,condition\nclips/A.mp4,p01,rest\nb.mp4,p02,\n");
    const { of, files } = clipPlaces(table);
    assert.deepEqual(of("a.MP4"), { participant: "p01", condition: "rest" });
    assert.deepEqual(of("b.mp4"), { participant: "p02" });
    assert.deepEqual(files, ["a.mp4", "b.mp4"]);
    assert.throws(() => readPlaces("file,participant\na.mp4,p 1\n"), /Line 2/);
    assert.throws(() => readPlaces("file,participant\na.mp4,p1\nA.mp4,p2\n"), /Line 3/);
  });
});

describe("files of events", () => {
  it("are tables with times in seconds, milliseconds or with colons", () => {
    assert.deepEqual(readEvents("file;start_s;end_s;name\nx/a.mp4;1,5;2;joke\n"), [
      { file: "a.mp4", startMs: 1500, endMs: 2000, name: "joke" },
    ]);
    assert.deepEqual(readEvents("start_ms,end_ms,event\n100,200,x\n"), [
      { file: undefined, startMs: 100, endMs: 200, name: "x" },
    ]);
    assert.deepEqual(readEvents("start,end,name\n0:01,1:00:00,y\n")[0], {
      ...{ file: undefined, startMs: 1000, endMs: 3_600_000, name: "y" },
    });
  });

  it("say the line of a time without a unit, of an end before its start, and of the name of the whole clip", () => {
    assert.throws(() => readEvents("start,end,name\n1,2,x\n"), /does not say its unit/);
    assert.throws(() => readEvents("start_s,end_s,name\n1,2,x\n3,2,y\n"), /Line 3/);
    assert.throws(() => readEvents("start_s,end_s,name\n1,2,clip\n"), /Line 2/);
  });

  it("are labels files, of which annotations with an end are events", () => {
    const labels = {
      schemaVersion: 1,
      media: { file: "../a.mp4", durationMs: 5000 },
      annotator: "kim",
      scheme: "s.json",
      annotations: [
        { id: "1", tier: "t", startMs: 100, endMs: 300, label: "smile" },
        { id: "2", tier: "t", startMs: 400, label: "point" },
      ],
    };
    assert.deepEqual(readEvents(JSON.stringify(labels)), [
      { file: "a.mp4", startMs: 100, endMs: 300, name: "smile" },
    ]);
  });
});
