import { Command } from "commander";
import type { LabelsEvaluation, TierEvaluation } from "../../shared/labels/evaluation/figures.ts";
import { toAbsolute } from "./absolute.ts";
import { number } from "./labelsAgreement.ts";
import { formatTable, printJson } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  tier?: string;
  face?: number;
  step: number;
  tolerance: number;
  resamples: number;
  seed: number;
  out?: string;
  json?: true;
}

/** `edin labels evaluate GOLD ANALYSIS`. */
export function labelsEvaluateCommand(): Command {
  return new Command("evaluate")
    .description("Hold what a model said against labels: over time, by segment, by moment.")
    .argument("<gold>", "a labels file, or a folder of them: of each clip the gold file", toAbsolute)
    .argument("<analysis>", "what edin analyze --out has written, or a folder of such folders", toAbsolute)
    .option("--tier <id>", "this tier alone")
    .option("--face <track>", "the face for tiers that name none", number(1, 1e6))
    .option("--step <ms>", "clips are read every so many ms", number(1, 60_000), 10)
    .option("--tolerance <ms>", "moments within this are the same", number(0, 60_000), 200)
    .option("--resamples <n>", "of each interval", number(0, 100_000), 1000)
    .option("--seed <n>", "of every random draw", number(0, 0xffffffff), 1)
    .option("--out <dir>", "write the report there: Markdown, HTML and JSON", toAbsolute)
    .option("--json", "print the figures as JSON")
    .action(run);
}

async function run(gold: string, analysis: string, { out, json, ...options }: Options): Promise<void> {
  const { evaluateLabels } = await import("../labels/evaluateLabels.ts");
  const { evaluation, files } = await evaluateLabels(gold, analysis, {
    stepMs: options.step,
    toleranceMs: options.tolerance,
    resamples: options.resamples,
    seed: options.seed,
    tier: options.tier,
    face: options.face,
  });
  if (out !== undefined) {
    const [{ evaluationReport }, { writeReport }] = await Promise.all([
      import("../labels/evaluationReport.ts"),
      import("../beq/writeReport.ts"),
    ]);
    await writeReport(out, evaluationReport(evaluation, files));
  }
  if (json) printJson(evaluation);
  else {
    process.stdout.write(`${summary(evaluation)}\n`);
    if (out !== undefined) process.stdout.write(`Report: ${out}\n`);
  }
}

function summary({ clips, tiers, notes }: LabelsEvaluation): string {
  return [
    counted(clips.length, "clip"),
    formatTable(["TIER", "FIGURE", "VALUE", "95 %"], tiers.flatMap(rowsOf)),
    ...notes,
  ].join("\n");
}

function rowsOf(tier: TierEvaluation): string[][] {
  const row = (name: string, value: number | null, interval: readonly [number, number] | null = null) => [
    tier.tier,
    name,
    value === null ? "not defined" : value.toFixed(3),
    interval === null ? "" : interval.map((end) => end.toFixed(3)).join(" to "),
  ];
  if (tier.kind === "point")
    return [row("F1", tier.f1), row("precision", tier.precision), row("recall", tier.recall)];
  if (tier.reason !== undefined) return [[tier.tier, "all", "not defined", tier.reason]];
  return [
    row("accuracy", tier.accuracy, tier.accuracyInterval),
    row("always the most frequent", tier.majorityBaseline),
    row("kappa", tier.kappa, tier.kappaInterval),
    row("UAR", tier.uar, tier.uarInterval),
    row("segment F1", tier.events.f1),
    row("calibration error", tier.ece),
    row("coverage", tier.coverage),
  ];
}
