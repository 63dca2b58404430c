import { Command } from "commander";
import { csvCell } from "../../shared/csv.ts";
import type { LabelStatistics } from "../../shared/labels/statistics.ts";
import { toAbsolute } from "./absolute.ts";
import { formatTable, printJson } from "./output.ts";

interface Options {
  out?: string;
  json?: true;
}

interface Row extends LabelStatistics {
  readonly clip: string;
  readonly annotator: string;
}

/** `edin labels statistics FILE... | FOLDER`. */
export function labelsStatisticsCommand(): Command {
  return new Command("statistics")
    .description("How often and for how long each label was given: clip by clip, annotator by annotator.")
    .argument("<labels...>", "labels files, or folders of them", (one: string, all: string[] | undefined) => [
      ...(all ?? []),
      toAbsolute(one),
    ])
    .option("--out <csv>", "write the table there", toAbsolute)
    .option("--json", "print it as JSON")
    .action(run);
}

async function run(paths: string[], { out, json }: Options): Promise<void> {
  const [{ openAllLabels }, { labelStatistics }, { writeFileAtomic }] = await Promise.all([
    import("../labels/labelFiles.ts"),
    import("../../shared/labels/statistics.ts"),
    import("../store/files.ts"),
  ]);
  const rows = (await openAllLabels(paths)).flatMap(({ document }) =>
    labelStatistics(document).map((one): Row => {
      const { media, annotator, gold } = document.head;
      return { clip: media.file, annotator: gold === true ? "gold" : annotator, ...one };
    }),
  );
  if (out !== undefined) await writeFileAtomic(out, csv(rows), { mode: 0o644 });
  if (json) printJson(rows);
  else {
    process.stdout.write(`${formatTable(titles, rows.map(shown))}\n`);
    if (out !== undefined) process.stdout.write(`Table: ${out}\n`);
  }
}

const titles = ["CLIP", "ANNOTATOR", "TIER", "LABEL", "COUNT", "TOTAL S", "MEAN S", "SHARE"];

function shown({ clip, annotator, tier, face, label, count, lengths }: Row): string[] {
  const seconds = (ms: number | undefined) => (ms === undefined ? "" : (ms / 1000).toFixed(2));
  const share = lengths?.share;
  return [
    ...[clip, annotator, face === undefined ? tier : `${tier} face ${face}`, label, String(count)],
    ...[seconds(lengths?.totalMs), seconds(lengths?.meanMs)],
    share === undefined ? "" : `${(100 * share).toFixed(1)} %`,
  ];
}

const columns = [
  ...["clip", "annotator", "tier", "face", "label", "count", "first_ms", "total_ms"],
  ...["mean_ms", "median_ms", "shortest_ms", "longest_ms", "share"],
];

function csv(rows: readonly Row[]): string {
  const cells = rows.map(({ clip, annotator, tier, face, label, count, firstMs, lengths }) => [
    ...[clip, annotator, tier, face, label, count, firstMs, lengths?.totalMs],
    ...[lengths?.meanMs, lengths?.medianMs, lengths?.shortestMs, lengths?.longestMs, lengths?.share],
  ]);
  return [columns, ...cells].map((row) => `${row.map(csvCell).join(",")}\n`).join("");
}
