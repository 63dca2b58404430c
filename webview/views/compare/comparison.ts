import { personTitle } from "../../../shared/people/title.ts";
import { aboutPipeline } from "../../../shared/protocol/pipelines.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { compareBehaviour, type ComparedBehaviour } from "../../data/compareBehaviour.ts";
import { compareSeries, type Compared } from "../../data/compareSeries.ts";
import { matchFaces, type FacePair } from "../../data/matchFaces.ts";
import type { LoadedResult } from "../../data/resultLoader.ts";
import type { Series } from "../../data/series.ts";

/** The two sides of a comparison, as far as they are read. */
export interface Side {
  readonly analysis: Analysis;
  readonly result: LoadedResult;
}

/** Something that both results say something of: a face, fused or alone, or the voice. */
export interface ComparedThing {
  readonly id: string;
  readonly title: string;
  readonly first: Series;
  readonly second: Series;
  readonly compared: Compared;
}

/** Blinks and gaze of a face that both results have. */
export interface ComparedEyes {
  readonly title: string;
  readonly compared: ComparedBehaviour;
}

/** Blinks and gaze of each face that both results have. */
export function compareEyes(first: Side, second: Side): ComparedEyes[] {
  const behaved = ({ analysis, result }: Side) => ({ frames: result.frames, tracks: analysis.tracks });
  return matchFaces(first.result.frames, second.result.frames).map((pair) => ({
    title: pairTitle(first, second, pair),
    compared: compareBehaviour(behaved(first), behaved(second), pair),
  }));
}

function pairTitle(first: Side, second: Side, pair: FacePair): string {
  const [a, b] = [
    personTitle(first.analysis.tracks, pair.first),
    personTitle(second.analysis.tracks, pair.second),
  ];
  return a === b ? a : `${a} / ${b}`;
}

/** Everything that both results speak about, faces in order of how long both see them. */
export function compareSides(first: Side, second: Side): ComparedThing[] {
  const find = ({ result }: Side, id: string): Series | undefined =>
    result.series.value.find((one) => one.id === id);
  const thing = (ids: readonly [string, string], title: string): ComparedThing[] => {
    const [a, b] = [find(first, ids[0]), find(second, ids[1])];
    const compared = a && b && compareSeries(a, b);
    return compared === undefined ? [] : [{ id: ids[0], title, first: a!, second: b!, compared }];
  };
  const pairs = matchFaces(first.result.frames, second.result.frames);
  return [
    ...pairs.flatMap((pair) => {
      const who = pairTitle(first, second, pair);
      return [
        ...thing([`face:${pair.first}`, `face:${pair.second}`], `${who}: face`),
        ...thing([`fused:${pair.first}`, `fused:${pair.second}`], `${who}: face and voice`),
      ];
    }),
    ...thing(["voice", "voice"], "Voice"),
    ...thing(["fused:0", "fused:0"], "Voice, fused"),
  ];
}

/** What a result is called beside another one. */
export function sideName({ pipeline }: Analysis, place: "First" | "Second"): string {
  return `${place} (${aboutPipeline(pipeline).title})`;
}

/** One thing in which two analyses were set up differently. */
export interface SetupDifference {
  readonly what: string;
  readonly first: string;
  readonly second: string;
}

/** In what two analyses differ by how they were made. */
export function setupDifferences(first: Analysis, second: Analysis): SetupDifference[] {
  const [a, b] = [setupOf(first), setupOf(second)];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((what) => {
    const [x, y] = [a.get(what) ?? "", b.get(what) ?? ""];
    return x === y ? [] : [{ what, first: x, second: y }];
  });
}

function setupOf({ pipeline, device, models, config, versions, corrected, media }: Analysis) {
  const setup = new Map<string, string>([
    ["clip", media.name],
    ["content of the clip", media.sha256.slice(0, 12)],
    ["pipeline", aboutPipeline(pipeline).title],
    ["device", device.provider],
    ["corrections", corrected === undefined ? "none" : String(corrected.entries)],
  ]);
  for (const { task, id, calibration } of models)
    setup.set(`network: ${task}`, calibration === undefined ? id : `${id}, calibrated`);
  flatten(config, "", setup);
  for (const [name, version] of Object.entries(versions)) setup.set(`version: ${name}`, version);
  return setup;
}

function flatten(value: object, before: string, into: Map<string, string>): void {
  for (const [name, one] of Object.entries(value) as [string, unknown][]) {
    if (name === "networks") continue;
    if (typeof one === "object" && one !== null && !Array.isArray(one))
      flatten(one, `${before}${name}.`, into);
    else into.set(`setting: ${before}${name}`, JSON.stringify(one));
  }
}
