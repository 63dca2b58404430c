import { csvCell } from "../csv.ts";
import type { StudyTable } from "../protocol/studyTable.ts";

type Cell = string | number | undefined;

/** A column of the tidy table: one row for each person, condition, event and measure. */
export interface TidyColumn {
  readonly name: string;
  readonly type: "text" | "number" | "count";
  readonly description: string;
  readonly of: (at: { readonly cell: number; readonly measure: number }) => Cell;
}

/** The columns of the tidy table, with what stands in them. */
export function tidyColumns(table: StudyTable): TidyColumn[] {
  const { cells, measures, values, changes, participants, settings } = table;
  const covariates = [...new Set(participants.flatMap((one) => Object.keys(one.covariates)))].sort();
  const byId = new Map(participants.map((one) => [one.id, one.covariates]));
  const text = (name: string, description: string, of: TidyColumn["of"]): TidyColumn => ({
    ...{ name, type: "text", description, of },
  });
  return [
    text("participant", "The person's pseudonym.", ({ cell }) => cells[cell]!.participant),
    text(
      "condition",
      "The condition of the clips; empty where they have none.",
      ({ cell }) => cells[cell]!.condition,
    ),
    ...(settings.by === "condition"
      ? []
      : [text("stimulus", "The stimulus that the clips show.", ({ cell }) => cells[cell]!.stimulus)]),
    ...(settings.by === "clip" ? [text("clip", "The clip's file.", ({ cell }) => cells[cell]!.clip)] : []),
    text("event", "`clip` for all of the clips, or the name of the event.", ({ cell }) => cells[cell]!.event),
    text("measure", "The measure; see below.", ({ measure }) => measures[measure]!.name),
    text(
      "source",
      "`face`, `voice`, `fused` (both) or `behaviour`.",
      ({ measure }) => measures[measure]!.source,
    ),
    text("signal", "The emotion, valence, or the behaviour.", ({ measure }) => measures[measure]!.signal),
    text("statistic", "What is told of the signal.", ({ measure }) => measures[measure]!.statistic),
    text("unit", "Of the value.", ({ measure }) => measures[measure]!.unit),
    {
      ...{ name: "value", type: "number" },
      description: "The value; empty where nothing was measured.",
      of: ({ cell, measure }) => values[cell]![measure] ?? undefined,
    },
    {
      ...{ name: "change", type: "number" },
      description:
        "The same of the signal minus the person's baseline; empty without one, and for latency and coverage, which it does not change.",
      of: ({ cell, measure }) => changes[cell]![measure] ?? undefined,
    },
    {
      ...{ name: "seconds", type: "number" },
      description: "Length of all occurrences of the event, measured or not.",
      of: ({ cell }) => cells[cell]!.seconds,
    },
    {
      ...{ name: "occurrences", type: "count" },
      description: "How often the event happened.",
      of: ({ cell }) => cells[cell]!.occurrences,
    },
    {
      ...{ name: "clips", type: "count" },
      description: "In how many clips.",
      of: ({ cell }) => cells[cell]!.clips,
    },
    ...covariates.map((name): TidyColumn => ({
      ...{ name: `covariate_${name}`, type: "number" },
      description: `The person's ${name}.`,
      of: ({ cell }) => byId.get(cells[cell]!.participant)?.[name],
    })),
  ];
}

/** The tidy table as CSV, a row at a time. */
export function* tableCsv(table: StudyTable): Generator<string> {
  const columns = tidyColumns(table);
  const line = (cells: readonly Cell[]) => `${cells.map(csvCell).join(",")}\r\n`;
  yield line(columns.map(({ name }) => name));
  for (const cell of table.cells.keys())
    for (const measure of table.measures.keys()) yield line(columns.map(({ of }) => of({ cell, measure })));
}

/** What every column and measure of the table means, and what it was made of, as Markdown. */
export function codebook(table: StudyTable): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replace(/\s+/g, " ");
  const rows = (head: readonly string[], lines: readonly (readonly string[])[]) =>
    [head, head.map(() => "---"), ...lines.map((one) => one.map(cell))]
      .map((one) => `| ${one.join(" | ")} |`)
      .join("\n");
  const { study, settings, manifest } = table;
  return `# Codebook: ${cell(study.name)}

One row for each person, condition, event and measure.

## Columns

${rows(
  ["column", "what stands in it"],
  tidyColumns(table).map(({ name, description }) => [name, description]),
)}

## Measures

${rows(
  ["measure", "unit", "how it is made"],
  table.measures.map(({ name, unit, description }) => [name, unit, description]),
)}

Only frames are measured in which the face could be trusted, and stretches of voice that are the person's or nobody's.
The baseline is ${settings.baselineEvent === undefined ? "the person's clip at rest, of the same session where there is one" : `the event ${cell(settings.baselineEvent)}`}.

## Notes

${table.notes.map((note) => `- ${cell(note)}`).join("\n")}

## Made from

- EDIN ${manifest.edin}, Node ${manifest.node}; study ${study.id}, SHA-256 ${study.sha256}
- threshold ${settings.threshold}, cells by person, ${settings.by} and event
${manifest.models.map(({ task, id, sha256 }) => `- network ${id} (${task}), SHA-256 ${sha256}`).join("\n")}
${manifest.analyses.map(({ id, resultSha256 }) => `- analysis ${id}, results ${resultSha256}`).join("\n")}
`;
}
