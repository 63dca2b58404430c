import { isThere } from "../../../daemon/missing.ts";
import { readJson } from "./folder.ts";
import { readTables, type Tables } from "./figures.ts";

/** The page "Experiments of the thesis", made of the figures that lie beside it and in the cards of the networks. */
export async function thesisPage(folder: string): Promise<string> {
  const tables = await readTables(folder, async (file) =>
    (await isThere(file)) ? readJson(file) : undefined,
  );
  return `${[
    "# Experiments of the thesis",
    "Made by `npm run thesis -- page` from the figures beside it; change that, not this page. Each table has its file (what was asked for), log and figures in a folder of its own, and `npm run thesis -- TABLE DATA WORK` runs it anew. The thesis's numbers are those that this project was given; where none is known, the page says so.",
    ...denoising(tables),
    ...magnification(tables),
    ...multimodal(tables),
    ...characters(tables),
    ...pipelines(tables),
  ].join("\n\n")}\n`;
}

function denoising({ denoising: found }: Tables): string[] {
  const head = [
    "## Table 6.1: noise taken from the training set",
    "**The thesis:** VGG16 on the whole of RAF-DB reaches .78; its numbers by template are not known here.",
  ];
  if (found === undefined) return [...head, notRun("6.1")];
  const { runs, of: all, samples, everyNth } = found;
  const plain = runs[0]!;
  const rows = runs.map(({ settings, seeds, figures }) => {
    const accuracies = seeds.map((seed) => seed.accuracy);
    const gain = seeds.map((seed, i) => seed.accuracy - plain.seeds[i]!.accuracy);
    return [
      String(settings["denoise.template"]),
      spread(accuracies),
      settings["denoise.template"] === 0 ? "" : spread(gain, true),
      estimate(figures.accuracy.value, figures.accuracy.interval),
      estimate(figures.macroF1.value, figures.macroF1.interval),
    ];
  });
  return [
    ...head,
    `**Ours** (${found.minutes} minutes):`,
    table(
      [
        "template",
        "validation accuracy, three seeds",
        "less that of template 0, by seed",
        "test accuracy",
        "test macro-F1",
      ],
      rows,
    ),
    `**Protocol:** every ${everyNth}th picture of the ${all} of the train part (${samples.train} to learn from, ${samples.validation} to validate, ${samples.test} to test; near-duplicates stay in one part, the official test part is not looked at); noise is taken from what is learned from only. Means and deviations are over seeds; intervals are over pictures, of the seed whose network was kept.`,
    "**Why they differ:** a fraction of the pictures and a small network from nothing, so that eighteen trainings fit into the time; the thesis trains VGG16 on all of them. What can be compared is the difference between templates, not the level.",
  ];
}

function magnification({ magnification: found }: Tables): string[] {
  const head = [
    "## Table 7.1: with and without magnification",
    "**The thesis:** .78 for VGG16 on RAF-DB, .8847 for the pipeline with magnification. Single pictures cannot be magnified: the question is one about clips.",
  ];
  if (found === undefined) return [...head, notRun("7.1")];
  const rows = found.rows.map(
    ({ amplitude, displacementPx, run, meanAlpha, accuracy, accuracyInterval, gain, gainInterval, n }) => [
      ...[String(amplitude), displacementPx.toFixed(2), run, meanAlpha.toFixed(1), String(n)],
      estimate(accuracy, accuracyInterval),
      gain === undefined ? "" : estimate(gain, gainInterval, true),
    ],
  );
  return [
    ...head,
    "**Ours:**",
    table(
      [
        "amplitude",
        "movement, pixels",
        "magnification",
        "mean alpha",
        "clips",
        "accuracy",
        "less that without",
      ],
      rows,
    ),
    `**Protocol:** ${found.people} rendered people who show six emotions at a share of the full display, once a second; which emotion rises most from rest to apex, chance ${found.chance.toFixed(3)}. Intervals over people. Every amplification is held to the bound of equation 14 by the movement that is measured, so that to ask for 20 changes little.`,
    "**Why they differ:** rendered heads with a known onset that stand still, not photographs; one network reads both.",
  ];
}

function multimodal({ networks, voices }: Tables): string[] {
  const rows = networks.map(({ name, set, people, scores }) => [
    ...[name, set, people, String(scores.n), estimate(scores.accuracy, scores.accuracyInterval)],
    ...[scores.macroF1.toFixed(3), scores.uar === undefined ? "" : scores.uar.toFixed(3)],
  ]);
  const classes = networks.flatMap(({ name, set, scores }) =>
    Object.entries(scores.perClass).map(([label, { n, precision, recall, f1 }]) => [
      ...[name, set, label, String(n)],
      ...[precision, recall, f1].map((value) => value.toFixed(3)),
    ]),
  );
  return [
    "## Tables 7.3 and 7.4: the networks of the multimodal pipeline",
    "**The thesis:** .8947 ± .02 for the pipeline; its numbers by network are not known here, and its split is a random one.",
    "**Ours:**",
    table(["network", "set", "people", "n", "accuracy", "macro-F1", "UAR"], rows),
    "By class:",
    table(["network", "set", "class", "n", "precision", "recall", "F1"], classes),
    voices === undefined
      ? notRun("7.3").replace(
          "**Ours:** not",
          "The network of voices learned by `edin train` in both ways: not",
        )
      : `The network of voices, learned by \`edin train\` in both ways: ${(["speakers", "random"] as const)
          .map((split) => {
            const { accuracy } = voices[split].runs[0]!.figures;
            return `${split === "speakers" ? "unseen speakers" : "random split"} ${estimate(accuracy.value, accuracy.interval)}`;
          })
          .join(", ")}.`,
    "**Protocol:** the figures of the networks' own recipes (`models/<id>/figures.json`, with the command in each card): people, speakers or near-duplicates apart, except where the table says random split. FER+ and RAF-DB name no people.",
    "**Why they differ:** a random split has the same speaker on both sides. The thesis's own network of voices, learned in both ways, shows what that is worth.",
  ];
}

function characters({ characters: found, judge }: Tables): string[] {
  const head = [
    "## Table 7.5: four networks on characters",
    "**The thesis:** .987 for the best, on a random split.",
  ];
  const judged = `The judge that the avatar pipeline uses (a residual network of 0.1 M weights, another one than the four): ${judge.strangers.toFixed(3)} on eight characters that it has never seen, ${judge.random.toFixed(3)} on a random split.`;
  if (found === undefined) return [...head, notRun("7.5"), judged];
  const names = [...new Set(found.leftOut.runs.map(({ settings }) => String(settings["network.backbone"])))];
  const rows = names.map((name) => {
    const of = (runs: typeof found.random.runs) =>
      runs
        .filter(({ settings }) => settings["network.backbone"] === name)
        .map(({ figures }) => figures.accuracy.value);
    return [
      name,
      spread(of(found.leftOut.runs)),
      String(of(found.leftOut.runs).length),
      spread(of(found.random.runs)),
    ];
  });
  return [
    ...head,
    "**Ours:**",
    table(
      ["network", "one character left out: accuracy", "characters tried", "random split: accuracy"],
      rows,
    ),
    "**Protocol:** drawn characters of one rig in random displays; each run tests on a character that it neither learned from nor chose by. Means and deviations are over characters.",
    judged,
    "**Why they differ:** networks of an eighth of the width, from nothing, cut after ten rounds through 840 pictures (270 steps), far from where they would end: ResNet50 of this width that learned for longer says .879 (card of avatar-emotion-resnet50); and characters that were not seen.",
  ];
}

function pipelines({ pipelines: found }: Tables): string[] {
  const head = [
    "## Table 7.6: three pipelines side by side",
    "**The thesis:** .8847 (EVM), .8947 ± .02 (multimodal), .923 ± .01 (avatar), each on data of its own.",
  ];
  if (found === undefined) return [...head, notRun("7.6")];
  return [
    ...head,
    "**Ours:**",
    table(
      ["pipeline", "clips", "accuracy", "macro-F1"],
      found.runs.map(({ run, n, accuracy, accuracyInterval, macroF1 }) => [
        ...[run, String(n), estimate(accuracy, accuracyInterval), macroF1.toFixed(3)],
      ]),
    ),
    `**Protocol:** the same ${found.people} rendered people in seven emotions for all three; what is read at the height of a display. Intervals over people. There is no voice.${found.cut === undefined ? "" : ` The run was cut ${found.cut}.`}`,
    "**Why they differ:** the same clips for all three, and few of them. Renders are no photographs, which the expression network of the first two learned from; the avatar's rig learned from other people of this very head, in the same displays: what the table says of its lead holds for such heads only.",
  ];
}

const notRun = (name: string): string =>
  `**Ours:** not run yet. \`npm run thesis -- ${name} DATA WORK\` makes its sets, runs it and leaves log and figures here.`;

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), `|${"---|".repeat(header.length)}`, ...rows.map(line)].join("\n");
}

function estimate(value: number, interval?: readonly [number, number], signed = false): string {
  const text = `${signed && value >= 0 ? "+" : ""}${value.toFixed(3)}`;
  return interval === undefined ? text : `${text} (${interval[0].toFixed(3)} to ${interval[1].toFixed(3)})`;
}

/** Mean and deviation. */
function spread(values: readonly number[], signed = false): string {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const text = `${signed && mean >= 0 ? "+" : ""}${mean.toFixed(3)}`;
  if (values.length < 2) return text;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1));
  return `${text} ± ${deviation.toFixed(3)}`;
}
