import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import type * as z from "zod";
import { readEaf } from "../../../daemon/labels/formats/eafReader.ts";
import {
  exportNameSchema,
  getExport,
  getExports,
  getResult,
  type ExportName,
} from "../../../shared/protocol/analyses.ts";
import { addCorrection, getCorrections, undoCorrection } from "../../../shared/protocol/corrections.ts";
import type { Correction, CorrectionEntry } from "../../../shared/protocol/corrections.ts";
import {
  analysisSchema,
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type SpeechLine,
} from "../../../shared/protocol/results.ts";
import { getStudyTable } from "../../../shared/protocol/studyTable.ts";
import { readRecords } from "../../../shared/table/readTable.ts";
import { readZip } from "../../support/readZip.ts";
import {
  syntheticAnalysis,
  syntheticFrames,
  syntheticFused,
  syntheticSpeech,
} from "../../support/syntheticResult.ts";
import { addAnalysis, makeStudy } from "../studies/study.ts";
import { startTestDaemon, withToken, type TestDaemon } from "../testDaemon.ts";

/** Three faces and two voices, of synthetic numbers. */
const threeFaces: Runner = async ({ id, outDir }) => {
  const options = { id, durationMs: 4000, faces: 3, voices: 2 };
  const write = (name: string, lines: readonly object[]) =>
    writeFile(path.join(outDir, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await write("frames.jsonl", syntheticFrames(options));
  await write("speech.jsonl", syntheticSpeech(options));
  await write("fused.jsonl", syntheticFused(options));
  await write("mel.jsonl", []);
  await writeFile(path.join(outDir, "analysis.json"), JSON.stringify(syntheticAnalysis(options)));
};

describe("corrections of people", function () {
  this.timeout(120_000);
  let test: TestDaemon;
  let id: string;
  let study: string;
  before(async () => {
    test = await startTestDaemon({ run: threeFaces });
    const made = await makeStudy(test);
    study = made.study;
    id = await addAnalysis(test, made.first);
  });
  after(() => test[Symbol.asyncDispose]());

  const file = (name: string) => path.join(test.place.dataDir, "analyses", id, name);
  const add = (correction: Correction) => test.call(addCorrection, { id, by: "kim", correction });
  const download = async (
    name: "frames.csv" | "states.csv" | "turns.csv" | "frames.jsonl" | "speech.jsonl",
  ): Promise<string> => {
    const [target, init] = withToken(getExport, { id, name }, test.daemon.token.reveal());
    return (await test.ask(target, init)).text();
  };
  const tracks = async () => (await test.call(getResult, { id })).result.tracks;

  it("every figure, export and index follows them; measured lines stay as they are", async () => {
    const measured = await readFile(file("frames.jsonl"), "utf8");
    const before = await tracks();
    const valueOf = async () => {
      const { table } = await test.call(getStudyTable, { study });
      return table.values[0]![table.measures.findIndex(({ name }) => name === "face.happy.mean")];
    };
    const ofFirst = await valueOf();
    await add({ action: "name", track: 1, name: "Kim" });
    await add({ action: "ignore", track: 2 });
    // Whatever number is asked for, the next free one is taken.
    await add({ action: "split", track: 3, atMs: 2000, newTrack: 1 });
    const { entries } = await add({ action: "participant", track: 4, participant: "p1" });

    const after = await tracks();
    assert.deepEqual(
      after.map(({ id: track, name, frames }) => [track, name, frames]),
      [
        [1, "Kim", before[0]!.frames],
        [3, undefined, 50],
        [4, undefined, 50],
      ],
    );
    const rows = readRecords(await download("frames.csv"), ["clip", "track", "timeMs"]);
    assert.deepEqual([...new Set(rows.map(({ track }) => track))].sort(), ["1", "3", "4"]);
    assert.ok(
      rows.every(
        ({ clip, track, timeMs }) => clip === "synthetic.mp4" && (track !== "4" || Number(timeMs) >= 2000),
      ),
    );
    const states = readRecords(await download("states.csv"), [
      "clip",
      "person",
      "emotion",
      "startMs",
      "endMs",
    ]);
    assert.ok(states.some(({ person }) => person === "Kim (face 1)"));
    assert.ok(states.every(({ track }) => track !== "2"));
    assert.notEqual(await valueOf(), ofFirst, "the table reads the face that is the participant's");
    assert.equal(await readFile(file("frames.jsonl"), "utf8"), measured);
    assert.deepEqual(
      entries.map(({ by, correction }) => [by, correction.action]),
      [
        ["kim", "name"],
        ["kim", "ignore"],
        ["kim", "split"],
        ["kim", "participant"],
      ],
    );

    for (const entry of entries) await test.call(undoCorrection, { id, entry: entry.id, by: "lee" });
    assert.deepEqual(await tracks(), before);
    assert.equal(await download("frames.jsonl"), measured);
    const kept = (await test.call(getCorrections, { id })).entries;
    assert.ok(kept.length === 4 && kept.every(({ undone }) => undone?.by === "lee"));
    assert.equal(await valueOf(), ofFirst);
  });

  it("name, link, move and merge voices as they do faces; sums, segments and turns follow", async () => {
    const voices = async () => (await test.call(getResult, { id })).result.voices!;
    const [before, measured] = [await voices(), await download("speech.jsonl")];
    const said: CorrectionEntry[] = [];
    for (const correction of [
      { action: "voice_name", voice: 1, name: "Ada" },
      { action: "voice_face", voice: 1, track: 2 },
      { action: "voice_participant", voice: 2, participant: "p1" },
      // The number after the last one is somebody new.
      { action: "voice_span", startMs: 0, endMs: 1250, voice: 3 },
    ] as const)
      said.push((await add(correction)).entries.at(-1)!);
    const named = await voices();
    assert.deepEqual(
      named.map((voice) => [voice.id, voice.name, voice.track, voice.participant]),
      [
        [1, "Ada", 2, undefined],
        [2, undefined, undefined, "p1"],
        [3, undefined, undefined, undefined],
      ],
    );
    assert.deepEqual(named[2]!.turns, [[0, 1250]]);
    const lines = (await download("speech.jsonl"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as SpeechLine);
    assert.deepEqual(
      lines.map(({ voice, track }) => [voice, track]),
      [
        [3, undefined],
        [2, undefined],
        [1, 2],
      ],
    );
    const rows = readRecords(await download("turns.csv"), ["clip", "voice", "person", "startMs", "endMs"]);
    assert.ok(rows.some(({ person }) => person === "Ada (voice 1)"));
    said.push((await add({ action: "voice_merge", voice: 3, into: 1 })).entries.at(-1)!);
    assert.deepEqual((await voices()).find((voice) => voice.id === 1)!.turns, before[0]!.turns);
    said.push((await add({ action: "voice_ignore", voice: 2 })).entries.at(-1)!);
    assert.deepEqual(
      (await voices()).map((voice) => voice.id),
      [1],
    );
    for (const entry of said) await test.call(undoCorrection, { id, entry: entry.id, by: "lee" });
    assert.deepEqual(await voices(), before);
    assert.equal(await download("speech.jsonl"), measured);
  });

  it("refuse faces that are not there, a face merged with itself, and an end before its start", async () => {
    for (const correction of [
      { action: "ignore", track: 9 },
      { action: "merge", track: 1, into: 1 },
      { action: "exclude", startMs: 5, endMs: 5 },
      { action: "voice_name", voice: 9, name: "Ada" },
      { action: "voice_merge", voice: 1, into: 1 },
      { action: "voice_span", startMs: 0, endMs: 100, voice: 9 },
    ] as const)
      await assert.rejects(add(correction), { status: 400 });
    assert.ok((await test.call(getCorrections, { id })).entries.every(({ undone }) => undone));
  });

  it("every export comes in one ZIP, named after the clip", async () => {
    const [target, init] = withToken(getExports, { id }, test.daemon.token.reveal());
    const response = await test.ask(target, init);
    assert.match(response.headers.get("content-disposition") ?? "", /clip\.edin\.zip/);
    const files = await readZip(Buffer.from(await response.arrayBuffer()));
    const names = exportNameSchema.options;
    assert.deepEqual(
      Object.keys(files),
      names.map((name) => `clip.${name}`),
    );
    const text = (name: ExportName): string => files[`clip.${name}`]!;
    for (const name of names) {
      const [alone, ask] = withToken(getExport, { id, name }, test.daemon.token.reveal());
      const one = await test.ask(alone, ask);
      assert.match(one.headers.get("content-disposition") ?? "", new RegExp(`filename="?clip\\.${name}"?$`));
      assert.equal(await one.text(), text(name), name);
    }
    const options = { durationMs: 4000, faces: 3, voices: 2 };
    const [frames, speech, fused] = [
      syntheticFrames(options),
      syntheticSpeech(options),
      syntheticFused(options),
    ];
    const linesOf = (name: ExportName, schema: z.ZodType) =>
      text(name)
        .trimEnd()
        .split("\n")
        .map((line) => schema.parse(JSON.parse(line)));
    assert.deepEqual(linesOf("frames.jsonl", frameLineSchema), frames);
    assert.deepEqual(linesOf("speech.jsonl", speechLineSchema), speech);
    assert.deepEqual(linesOf("fused.jsonl", fusedLineSchema), fused);
    assert.equal(text("mel.jsonl"), "");
    const { media, tracks: people } = analysisSchema.parse(JSON.parse(text("analysis.json")));
    assert.deepEqual([media.name, people.length], ["synthetic.mp4", 3]);
    const rows: Partial<Record<ExportName, number>> = {
      "frames.csv": frames.flatMap(({ faces }) => faces).length,
      "speech.csv": speech.length,
      "fused.csv": fused.length,
    };
    for (const name of names.filter((one) => one.endsWith(".csv"))) {
      const table = readRecords(text(name), ["clip"]);
      assert.equal(text(name).split(",", 1)[0], "clip", name);
      // Blinks a minute take longer than this clip.
      assert.equal(table.length > 0, name !== "blinks.csv", name);
      assert.ok(
        table.every(({ clip }) => clip === "synthetic.mp4"),
        name,
      );
      if (rows[name] !== undefined) assert.equal(table.length, rows[name], name);
    }
    const states = readRecords(text("states.csv"), [
      "person",
      "source",
      "track",
      "emotion",
      "startMs",
      "endMs",
    ]);
    assert.deepEqual([...new Set(states.map(({ person }) => person))].sort(), ["Face 1", "Face 2", "Face 3"]);
    for (const { track, emotion, startMs, endMs } of states.filter((row) => row["source"] === "face")) {
      // What it says is what most frames of that time and face say.
      const said = frames
        .filter(({ timeMs }) => timeMs >= Number(startMs) && timeMs < Number(endMs))
        .flatMap(({ faces }) => faces.find((face) => String(face.track) === track)?.emotion ?? [])
        .map((all) => Object.entries(all).reduce((best, one) => (one[1] > best[1] ? one : best))[0]);
      assert.ok(
        said.filter((one) => one === emotion).length > said.length / 2,
        `${emotion} from ${startMs} to ${endMs} ms: ${said.join()}`,
      );
    }
    const eaf = readEaf(text("annotations.eaf"));
    assert.ok(eaf.clip === "synthetic.mp4" && eaf.tiers.some(({ name }) => name === "face 1: emotion"));
  });
});
