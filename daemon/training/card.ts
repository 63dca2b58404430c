import type { TrainedRun, Training, TrainingFigures } from "../../shared/protocol/training.ts";
import { counted } from "../../shared/text/counted.ts";

export interface CardFacts {
  readonly training: Training;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seeds: TrainedRun["seeds"];
  readonly kept: TrainedRun["seeds"][number];
  readonly figures: TrainingFigures;
  readonly samples: Readonly<Record<"train" | "validation" | "test", number>>;
  readonly dataSha256: string;
  readonly below?: string;
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** The card of a network that was trained here, as Markdown. */
export function networkCard(facts: CardFacts): string {
  const { training, figures, seeds, kept, samples, notes } = facts;
  const { value: accuracy } = figures.accuracy;
  const mean = (pick: (seed: TrainedRun["seeds"][number]) => number): string => {
    const values = seeds.map(pick);
    const average = values.reduce((a, b) => a + b, 0) / values.length;
    const spread = Math.sqrt(
      values.reduce((sum, v) => sum + (v - average) ** 2, 0) / Math.max(values.length - 1, 1),
    );
    return values.length === 1 ? three(average) : `${three(average)} ± ${three(spread)}`;
  };
  return [
    `# ${plain(training.title)}`,
    `Trained with EDIN's training lab${facts.below === undefined ? "" : `: a head on the features of ${facts.below}`}. It answers ${figures.labels.join(", ")}.`,
    "## Data",
    `SHA-256 of the set (paths, labels, persons, bytes): \`${facts.dataSha256}\`.`,
    "## Split",
    `${counted(samples.train, "sample")} to learn from, ${samples.validation} to validate, ${samples.test} to test. ${figures.subjects === undefined ? "The set names no persons: copies of a picture were kept together, but one person may be in several parts." : "Nobody is in two parts."} The best epoch${seeds.length > 1 ? " and seed are" : " is"} chosen on the validation part${figures.part === "validation" ? ", which these figures are of: those on strangers are likely a little lower" : "; the figures are of the test part, which was looked at once"}.`,
    "## Figures",
    table(
      ["figure", "value (95 % interval)"],
      [
        [`accuracy (n = ${figures.n})`, estimate(figures.accuracy)],
        ["macro-F1", estimate(figures.macroF1)],
        ["UAR", estimate(figures.uar)],
        ["majority baseline", three(figures.majorityBaseline)],
        [
          "ECE before and after temperature scaling",
          `${three(figures.ece.before)}, ${three(figures.ece.after)} (temperature ${three(figures.ece.temperature)})`,
        ],
        [
          `validation accuracy over ${seeds.length === 1 ? "one seed" : `${seeds.length} seeds`}`,
          mean((seed) => seed.accuracy),
        ],
        ["validation macro-F1 over seeds", mean((seed) => seed.macroF1)],
        ["kept", `seed ${kept.seed}, epoch ${kept.epoch}`],
      ],
    ),
    `Intervals: ${figures.intervalMethod}.${accuracy <= figures.majorityBaseline ? " **It is no better than always saying the most frequent label.**" : ""}`,
    table(
      ["class", "n", "precision", "recall", "F1"],
      Object.entries(figures.perClass).map(([label, { n, precision, recall, f1 }]) => [
        ...[label, String(n), three(precision), three(recall), three(f1)],
      ]),
    ),
    "Confusion, truth in rows:",
    table(
      ["", ...figures.labels],
      figures.confusion.map((row, i) => [figures.labels[i]!, ...row.map(String)]),
    ),
    "## Training",
    `\`\`\`json\n${JSON.stringify({ ...training, grid: undefined, ...facts.settings }, undefined, 2)}\n\`\`\``,
    `${facts.backend} Versions: ${Object.entries(facts.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    ...(notes.length > 0 ? ["## Notes", notes.map((note) => `- ${plain(note)}`).join("\n")] : []),
    "## What it must not be used for",
    "Not for decisions about people, and not to infer emotions at work or in education (EU AI Act, Art. 5(1)(f)). Figures hold for people like those of the set; how it does on groups of people was not measured unless a note says so.",
    "",
  ].join("\n\n");
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(" | ")} |`;
  return [line(header), `|${"---|".repeat(header.length)}`, ...rows.map(line)].join("\n");
}

function estimate({ value, interval }: TrainingFigures["accuracy"]): string {
  return interval === undefined
    ? three(value)
    : `${three(value)} (${three(interval[0])} to ${three(interval[1])})`;
}

const three = (value: number) => value.toFixed(3);

/** A text of the user's in Markdown: no line of its own, no cell of its own. */
const plain = (text: string) => text.replace(/[\r\n]+/g, " ").replace(/\|/g, "\\|");
