import type { ExperimentRow, ExperimentTable } from "../../../shared/protocol/experimentTable.ts";
import { bcaInterval } from "../../../shared/stats/bootstrap.ts";
import { mean } from "../../../shared/stats/mean.ts";

/** A figure of a run over its clips, and its difference to the base run's over the clips that both have. */
export interface RunFigure {
  /** Clips with a value; of repeats of one, their mean counts. */
  readonly clips: number;
  readonly mean: number | undefined;
  readonly difference?: {
    readonly clips: number;
    readonly mean: number;
    /** 95 % over clips (BCa); absent with too few, or where all differ alike. */
    readonly interval?: readonly [number, number];
  };
}

export interface RunRow {
  readonly run: string;
  readonly analyses: number;
  readonly done: number;
  readonly failed: number;
  readonly figures: Readonly<Record<string, RunFigure>>;
}

/** Columns of numbers: those that are one wherever they are known. */
export function numberColumns({ columns, rows }: ExperimentTable): string[] {
  return columns.filter((name) => {
    const values = rows.flatMap(({ values: all }) => all[name] ?? []);
    return values.length > 0 && values.every((value) => typeof value === "number");
  });
}

/** The figures of each run over its clips. @param base the run that others are held against */
export function runRows(table: ExperimentTable, base: string | undefined): RunRow[] {
  const names = numberColumns(table);
  const runs = [...new Set(table.rows.map(({ run }) => run))];
  return runs.map((run) => {
    const own = table.rows.filter((row) => row.run === run);
    const count = (state: ExperimentRow["state"]) => own.filter((row) => row.state === state).length;
    const figures = Object.fromEntries(
      names.map((name) => [name, figureOf(table.rows, run, run === base ? undefined : base, name)]),
    );
    return { run, analyses: own.length, done: count("done"), failed: count("failed"), figures };
  });
}

function figureOf(
  rows: readonly ExperimentRow[],
  run: string,
  base: string | undefined,
  name: string,
): RunFigure {
  const own = byClip(rows, run, name);
  const figure = { clips: own.size, mean: own.size === 0 ? undefined : mean([...own.values()]) };
  if (base === undefined) return figure;
  const others = byClip(rows, base, name);
  const differences = [...own].flatMap(([clip, value]) => {
    const other = others.get(clip);
    return other === undefined ? [] : [value - other];
  });
  if (differences.length === 0) return figure;
  const spread = differences.some((one) => Math.abs(one - differences[0]!) > 1e-12);
  const interval = bcaInterval((indices) => mean(indices.map((i) => differences[i]!)), differences.length, {
    ...{ draws: 1999, seed: 1 },
  });
  return {
    ...figure,
    difference: {
      ...{ clips: differences.length, mean: mean(differences) },
      ...(spread && interval.defined && { interval: [interval.low, interval.high] as const }),
    },
  };
}

/** The value of each clip in a run: the mean over its repeats. */
function byClip(rows: readonly ExperimentRow[], run: string, name: string): Map<string, number> {
  const all = new Map<string, number[]>();
  for (const row of rows) {
    const value = row.values[name];
    if (row.run === run && typeof value === "number")
      all.set(row.clip, [...(all.get(row.clip) ?? []), value]);
  }
  return new Map([...all].map(([clip, values]) => [clip, mean(values)]));
}

/** The same clip's value in the base run, repeat by repeat where there is one, else its first. */
export function baseRow(rows: readonly ExperimentRow[], row: ExperimentRow, base: string): number {
  const same = rows.findIndex(
    (one) => one.run === base && one.clip === row.clip && one.repeat === row.repeat,
  );
  return same >= 0 ? same : rows.findIndex((one) => one.run === base && one.clip === row.clip);
}
