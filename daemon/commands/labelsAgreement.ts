import { Command, Option } from "commander";
import type { Agreement, TierAgreement } from "../../shared/protocol/agreement.ts";
import { AppError } from "../../shared/errors.ts";
import { mainOf, shownAgreement, type ShownFigure } from "../../shared/labels/agreement/figures.ts";
import { toAbsolute } from "./absolute.ts";
import { formatTable, printJson } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  tier?: string;
  step: number;
  unlabelled: "category" | "missing";
  tolerance: number;
  resamples: number;
  seed: number;
  gamma?: true;
  out?: string;
  json?: true;
}

/** `edin labels agreement FILE... | FOLDER`. */
export function labelsAgreementCommand(): Command {
  return new Command("agreement")
    .description("How well annotators agree: over time, by annotation, by moment, and on traces.")
    .argument("<labels...>", "labels files, or folders of them", (one: string, all: string[] | undefined) => [
      ...(all ?? []),
      toAbsolute(one),
    ])
    .option("--tier <id>", "this tier alone")
    .option("--step <ms>", "clips are read every so many ms", number(1, 60_000), 10)
    .addOption(
      new Option("--unlabelled <how>", "time without an annotation: a label of its own, or left out")
        .choices(["category", "missing"])
        .default("category"),
    )
    .option("--tolerance <ms>", "moments within this are the same", number(0, 60_000), 200)
    .option("--resamples <n>", "of each interval", number(0, 100_000), 1000)
    .option("--seed <n>", "of every random draw", number(0, 0xffffffff), 1)
    .option("--gamma", "compute gamma however long it takes")
    .option("--out <dir>", "write the report there: Markdown, HTML and JSON", toAbsolute)
    .option("--json", "print the figures as JSON")
    .action(run);
}

async function run(paths: string[], { tier, out, json, ...options }: Options): Promise<void> {
  const [{ openAllLabels }, { agree }] = await Promise.all([
    import("../labels/labelFiles.ts"),
    import("../../shared/labels/agreement/agree.ts"),
  ]);
  const files = await openAllLabels(paths);
  const agreement = agree(
    files,
    {
      stepMs: options.step,
      unlabelled: options.unlabelled,
      toleranceMs: options.tolerance,
      resamples: options.resamples,
      seed: options.seed,
      gammaAlways: options.gamma === true,
    },
    tier,
  );
  if (tier !== undefined && agreement.tiers.length === 0)
    throw new AppError("not_found", `No scheme or annotation has the tier ${tier}. Check its id.`);
  if (out !== undefined) {
    const [{ agreementManifest, agreementReport }, { writeReport }] = await Promise.all([
      import("../labels/agreementReport.ts"),
      import("../beq/writeReport.ts"),
    ]);
    await writeReport(out, agreementReport(agreement, agreementManifest(files)));
  }
  if (json) printJson(agreement);
  else {
    process.stdout.write(`${summary(agreement)}\n`);
    if (out !== undefined) process.stdout.write(`Report: ${out}\n`);
  }
}

function summary({ clips, annotators, tiers, notes }: Agreement): string {
  const rows = tiers.flatMap(rowsOf);
  return [
    `${counted(annotators.length, "annotator")}, ${counted(clips.length, "clip")}`,
    formatTable(["TIER", "FIGURE", "VALUE", "95 %"], rows),
    ...notes,
  ].join("\n");
}

function rowsOf(tier: TierAgreement): string[][] {
  const row = ({ name, value, interval = null, reason = "" }: ShownFigure): string[] => [
    ...[tier.tier, name, value === null ? "not defined" : value.toFixed(3)],
    interval === null ? (value === null ? reason : "") : interval.map((end) => end.toFixed(3)).join(" to "),
  ];
  const { overall, pairs } = shownAgreement(tier);
  return [
    ...overall.map(row),
    ...pairs.flatMap((table) =>
      table.pairs.map((pair) => {
        const { a, b, interval, reason } = pair;
        const name = `${table.main} ${a}, ${b}`;
        return row({ name, value: mainOf(table, pair), ...(interval && { interval }), reason });
      }),
    ),
  ];
}

/** Parses an option that is a number within limits. */
export const number = (lowest: number, highest: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= lowest && value <= highest))
    throw new AppError("invalid_request", `${text} is not a number from ${lowest} to ${highest}.`);
  return value;
};
