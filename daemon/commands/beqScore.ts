import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { reliabilityWarnings } from "../../shared/beq/reliability.ts";
import { facetNames, facets } from "../../shared/beq/items.ts";
import { printable } from "../../shared/text/printable.ts";
import type { ScoredTable } from "../beq/scoreTable.ts";
import { readUserFile } from "../text/readTextFile.ts";
import { toAbsolute } from "./absolute.ts";
import { formatTable, printJson } from "./output.ts";
import { addTableFlags, toTableOptions, type TableFlags } from "./tableFlags.ts";

interface Options extends TableFlags {
  out?: string;
  plots?: string;
  json?: true;
}

/** `edin beq score RESPONSES.csv`. */
export function beqScoreCommand(): Command {
  const command = new Command("score")
    .description("Score responses: participant,nex,pex,str,total, with the reliability of the sample.")
    .argument(
      "<responses>",
      "a .csv with participant,beq1,...,beq16, or an export of REDCap, LimeSurvey or Qualtrics",
      toAbsolute,
    );
  return addTableFlags(command)
    .option("--out <file>", "write the scores there instead of on the terminal", toAbsolute)
    .option("--plots <dir>", "write a plot of each distribution there", toAbsolute)
    .option("--json", "print scores and reliability as one JSON object")
    .action(run);
}

async function run(file: string, { out, plots, json, ...flags }: Options): Promise<void> {
  const { scoreTable, scoresCsv } = await import("../beq/scoreTable.ts");
  const bytes = await readUserFile(file);
  const scored = scoreTable(bytes, toTableOptions(flags));
  const { forms, notes } = scored;
  for (const note of notes) process.stderr.write(`${printable(note)}\n`);
  if (plots !== undefined) {
    const [{ distributions }, { writeCharts }] = await Promise.all([
      import("../beq/report/sections/sample.ts"),
      import("../beq/writeReport.ts"),
    ]);
    await writeCharts(plots, distributions(forms));
  }
  if (out !== undefined) await write(out, scoresCsv(forms));
  const flagged = forms.filter(({ straightLined }) => straightLined).map(({ participant }) => participant);
  if (flagged.length > 0)
    process.stderr.write(`Every answer the same, perhaps not read: ${printable(flagged.join(", "))}\n`);
  if (json) printJson(asJson(scored));
  else if (out === undefined) {
    process.stdout.write(scoresCsv(forms));
    process.stderr.write(`${reliabilityTable(scored)}\n`);
  } else process.stdout.write(`${reliabilityTable(scored)}\n`);
}

function reliabilityTable({ reliability }: ScoredTable): string {
  const shown = (value: number | undefined) => value?.toFixed(3) ?? "not defined";
  const figures = formatTable(
    ["SCALE", "N", "ALPHA", "OMEGA"],
    [...facets, "total" as const].map((name) => {
      const { n, alpha, omega } = reliability[name];
      return [
        name === "total" ? name : `${name}, ${facetNames[name]}`,
        String(n),
        shown(alpha),
        shown(omega),
      ];
    }),
  );
  return [figures, ...reliabilityWarnings(reliability)].join("\n");
}

/** What is not there is null. */
function asJson({ forms, notes, reliability }: ScoredTable): unknown {
  return {
    n: forms.length,
    notes,
    warnings: reliabilityWarnings(reliability),
    participants: forms.map(({ participant, session, nex, pex, str, total, answered, straightLined }) => ({
      participant,
      ...(session !== undefined && { session }),
      ...{ nex: nex ?? null, pex: pex ?? null, str: str ?? null, total: total ?? null },
      ...{ answered, straightLined },
    })),
    reliability: Object.fromEntries(
      Object.entries(reliability).map(([name, { n, alpha, omega }]) => [
        name,
        { n, alpha: alpha ?? null, omega: omega ?? null },
      ]),
    ),
  };
}

async function write(file: string, content: string): Promise<void> {
  const { writeFileAtomic } = await import("../store/files.ts");
  await writeFileAtomic(file, content).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause;
    throw new AppError("invalid_path", `${file} cannot be written. Choose another place.`, { cause });
  });
}
