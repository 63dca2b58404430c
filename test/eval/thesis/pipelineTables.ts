import { readFile } from "node:fs/promises";
import path from "node:path";
import { fusedLabels, type FusedLabel } from "../../../shared/emotion/labels.ts";
import { frameLineSchema, fusedLineSchema } from "../../../shared/protocol/results.ts";
import { classificationScores } from "../../../shared/stats/classification.ts";
import { clusterBootstrap } from "../../../shared/stats/intervals.ts";
import { mean } from "../../../shared/stats/mean.ts";
import { readRecords } from "../../../shared/table/readTable.ts";
import { makeSet, TableFolder, type Folders } from "./folder.ts";

/** As thesis_sets.py makes clips: at rest for half a second, then three movements of a second each. */
const apexesMs = [2000, 3000];
const restsMs = [0, 1500, 2500];
const nearMs = 150;

interface Clip {
  readonly path: string;
  readonly label: FusedLabel;
  readonly subject: string;
  readonly amplitude: string;
  /** Of the landmark that moves most, pixels. */
  readonly displacement: number;
}

type Shares = Readonly<Record<FusedLabel, number>>;

/** Table 7.6: which of seven emotions each pipeline reads at the height of a full display. */
export async function pipelines(folders: Folders): Promise<void> {
  const { table, clips, results } = await analysed("table-7.6", "pipelines.experiment.yaml", folders, [
    ...["--people", "4", "--amplitudes", "1"],
  ]);
  const runs = await Promise.all(
    (["evm", "multimodal", "avatar"] as const).map(async (run) => {
      const said = await Promise.all(
        clips.map(async (clip) => {
          const { apex } = await readClip(path.join(results, run, clip.path), run);
          return apex && likeliest(apex, fusedLabels);
        }),
      );
      return { run, ...figuresOf(clips, said, fusedLabels) };
    }),
  );
  await table.writeFigures({ people: new Set(clips.map(({ subject }) => subject)).size, runs });
}

/** Table 7.1: which of six emotions rises most from rest to apex, with and without magnification, by amplitude. */
export async function magnification(folders: Folders): Promise<void> {
  const { table, clips, results } = await analysed("table-7.1", "magnification.experiment.yaml", folders, [
    ...["--people", "5", "--amplitudes", "0.04,0.08,0.16"],
  ]);
  const moving = clips.filter(({ label }) => label !== "neutral");
  const six = fusedLabels.filter((label) => label !== "neutral");
  const amplitudes = [...new Set(moving.map(({ amplitude }) => amplitude))].sort(
    (a, b) => Number(a) - Number(b),
  );
  const rows = [];
  for (const amplitude of amplitudes) {
    const some = moving.filter((clip) => clip.amplitude === amplitude);
    const right: Record<string, boolean[]> = {};
    for (const run of ["plain", "thesis", "alpha-20"]) {
      const read = await Promise.all(some.map((clip) => readClip(path.join(results, run, clip.path), "evm")));
      const said = read.map(({ apex, rest }) => apex && rest && likeliest(minus(apex, rest), six));
      right[run] = said.map((label, i) => label === some[i]!.label);
      const { accuracy, accuracyInterval, uar } = figuresOf(some, said, six);
      const gain = (indices: readonly number[]) =>
        mean(indices.map((i) => Number(right[run]![i]) - Number(right["plain"]![i])));
      rows.push({
        ...{ amplitude: Number(amplitude), displacementPx: mean(some.map((clip) => clip.displacement)) },
        ...{ run, n: some.length, accuracy, accuracyInterval, uar },
        // What was asked for is held to the bound.
        meanAlpha: mean(read.flatMap(({ alphas }) => alphas)),
        ...(run !== "plain" && {
          gain: gain(some.map((_, i) => i)),
          gainInterval: clusterBootstrap(
            gain,
            some.map(({ subject }) => subject),
          ),
        }),
      });
    }
  }
  await table.writeFigures({
    people: new Set(moving.map(({ subject }) => subject)).size,
    chance: 1 / six.length,
    rows,
  });
}

/** Makes the clips and has them analysed. @param options of thesis_sets.py */
async function analysed(name: string, file: string, folders: Folders, options: readonly string[]) {
  const table = await TableFolder.open(name, folders);
  const folder = path.join(table.work, "clips");
  await makeSet("clips", folders.data, folder, ...options);
  const columns = ["path", "label", "subject", "amplitude", "displacement"] as const;
  const rows = readRecords(await readFile(path.join(folder, "labels.csv"), "utf8"), columns);
  await table.edin("experiment", file, name, "--device", "cpu");
  const clips = rows.map((row): Clip => ({
    ...row,
    label: row.label as FusedLabel,
    displacement: Number(row.displacement),
  }));
  return { table, clips, results: path.join(table.work, name) };
}

/** Mean shares at the apexes and at rest, as a pipeline has them, undefined where it saw no face; amplifications by frame. */
async function readClip(folder: string, run: "evm" | "multimodal" | "avatar") {
  const lines = async (name: string) =>
    (await readFile(path.join(folder, name), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  const alphas: number[] = [];
  const moments =
    run === "multimodal"
      ? (await lines("fused.jsonl")).map((line) => {
          const { timeMs, probabilities } = fusedLineSchema.parse(line);
          return { timeMs, shares: probabilities };
        })
      : (await lines("frames.jsonl")).map((line) => {
          const { timeMs, faces } = frameLineSchema.parse(line);
          const face = faces[0];
          if (face?.magnification) alphas.push(face.magnification.alpha);
          return { timeMs, shares: run === "avatar" ? face?.avatar?.emotion : face?.emotion };
        });
  const near = (times: readonly number[]) =>
    meanShares(
      moments.flatMap(({ timeMs, shares }) =>
        shares !== undefined && times.some((at) => Math.abs(timeMs - at) <= nearMs) ? [shares] : [],
      ),
    );
  return { apex: near(apexesMs), rest: near(restsMs), alphas };
}

function meanShares(all: readonly Shares[]): Shares | undefined {
  if (all.length === 0) return undefined;
  return Object.fromEntries(
    fusedLabels.map((label) => [label, mean(all.map((one) => one[label]))]),
  ) as Shares;
}

function minus(a: Shares, b: Shares): Shares {
  return Object.fromEntries(fusedLabels.map((label) => [label, a[label] - b[label]])) as Shares;
}

function likeliest(shares: Shares, among: readonly FusedLabel[]): FusedLabel {
  return among.reduce((a, b) => (shares[b] > shares[a] ? b : a));
}

function figuresOf(
  clips: readonly Clip[],
  said: readonly (FusedLabel | undefined)[],
  labels: readonly FusedLabel[],
) {
  const truth = clips.map(({ label }) => labels.indexOf(label));
  const indices = said.map((label) => (label === undefined ? undefined : labels.indexOf(label)));
  const { n, accuracy, macroF1, uar, perClass, confusion } = classificationScores(
    truth,
    indices,
    labels.length,
  );
  const subjects = clips.map(({ subject }) => subject);
  const accuracyOf = (some: readonly number[]) => mean(some.map((i) => Number(indices[i] === truth[i])));
  return {
    ...{ n, accuracy, accuracyInterval: clusterBootstrap(accuracyOf, subjects), macroF1, uar },
    missed: said.filter((label) => label === undefined).length,
    perClass: Object.fromEntries(labels.map((label, c) => [label, perClass[c]!])),
    ...{ labels, confusion },
  };
}
