import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { facetNames, facets } from "../../shared/beq/items.ts";
import type { ScoredTable } from "../beq/scoreTable.ts";
import { toAbsolute } from "./absolute.ts";
import { formatTable, printJson } from "./output.ts";

interface Options {
  out?: string;
  plots?: string;
  json?: true;
}

/** `edin beq score RESPONSES.csv`. */
export function beqScoreCommand(): Command {
  return new Command("score")
    .description("Score responses: participant,nex,pex,str,total, with the reliability of the sample.")
    .argument("<responses>", "a .csv with participant,beq1,...,beq16", toAbsolute)
    .option("--out <file>", "write the scores there instead of on the terminal", toAbsolute)
    .option("--plots <dir>", "write a plot of each distribution there", toAbsolute)
    .option("--json", "print scores and reliability as one JSON object")
    .action(run);
}

async function run(file: string, { out, plots, json }: Options): Promise<void> {
  const { scoreTable, scoresCsv } = await import("../beq/scoreTable.ts");
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError("invalid_path", `${file} cannot be read. Check its name.`, { cause });
  });
  const scored = scoreTable(bytes);
  const { forms } = scored;
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
    process.stderr.write(`Every answer the same, perhaps not read: ${clean(flagged.join(", "))}\n`);
  if (json) printJson(asJson(scored));
  else if (out === undefined) {
    process.stdout.write(scoresCsv(forms));
    process.stderr.write(`${reliabilityTable(scored)}\n`);
  } else process.stdout.write(`${reliabilityTable(scored)}\n`);
}

function reliabilityTable({ reliability }: ScoredTable): string {
  const shown = (value: number | undefined) => value?.toFixed(3) ?? "not defined";
  return formatTable(
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
}

/** What is not there is null. */
function asJson({ forms, reliability }: ScoredTable): unknown {
  return {
    n: forms.length,
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

/** A participant's id could carry escape codes for the terminal. */
const clean = (text: string) => text.replace(/\p{Cc}/gu, "\uFFFD");
