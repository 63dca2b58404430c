import {
  experimentResultId,
  type ExperimentRow,
  type ExperimentTable,
} from "../../../shared/protocol/experimentTable.ts";
import { percent } from "../../../shared/text/percent.ts";
import type { SortedColumn } from "../../components/SortedTable.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { baseRow, type RunRow } from "./runFigures.ts";

/** A row with its place in the table. */
export interface IndexedRow extends ExperimentRow {
  readonly index: number;
}

export interface ClipColumnOptions {
  readonly path: string;
  readonly table: ExperimentTable;
  /** Names of values. */
  readonly shown: readonly string[];
  readonly numbers: ReadonlySet<string>;
  readonly base: string;
  /** Numbers are those minus the base run's of the same clip. */
  readonly differences: boolean;
}

/** Columns of a row for each analysis. */
export function clipColumns(options: ClipColumnOptions): SortedColumn<IndexedRow>[] {
  const { table, shown, numbers, base, differences } = options;
  const valueOf = (row: IndexedRow, name: string): string | number | undefined => {
    const value = row.values[name];
    if (!differences || typeof value !== "number" || row.run === base) return value;
    const other = table.rows[baseRow(table.rows, row, base)]?.values[name];
    return typeof other === "number" ? value - other : undefined;
  };
  return [
    { title: "run", value: ({ run }) => run },
    { title: "clip", value: ({ clip }) => clip },
    ...(table.rows.some(({ repeat }) => repeat > 1)
      ? [{ title: "repeat", number: true, value: ({ repeat }: IndexedRow) => repeat }]
      : []),
    { title: "state", value: ({ state }) => state, cell: stateOf },
    ...shown.map((name): SortedColumn<IndexedRow> => ({
      title: name,
      ...(numbers.has(name) && { number: true }),
      value: (row) => valueOf(row, name),
      cell: (row) => {
        const value = valueOf(row, name);
        if (typeof value !== "number") return short(value);
        const signed = differences && row.run !== base && value > 0 ? "+" : "";
        return `${signed}${numberText(value)}`;
      },
    })),
    { title: "compare", value: () => undefined, cell: (row) => compareLink(row, options) },
  ];
}

function stateOf({ state, share, framesPerSecond, failure }: IndexedRow) {
  if (state === "running")
    return [
      "running",
      ...(share === undefined ? [] : [percent(share)]),
      ...(framesPerSecond === undefined ? [] : [`reads ${Math.round(framesPerSecond)} frames/s`]),
    ].join(", ");
  return failure === undefined ? (
    state
  ) : (
    <>
      failed<div class="muted">{failure}</div>
    </>
  );
}

function compareLink(row: IndexedRow, { path, table, base }: ClipColumnOptions) {
  const other = baseRow(table.rows, row, base);
  if (row.run === base || row.state !== "done" || table.rows[other]?.state !== "done") return "";
  return (
    <ViewLink
      view={{
        view: "compare",
        id: experimentResultId(path, other),
        other: experimentResultId(path, row.index),
      }}
    >
      over {base}
    </ViewLink>
  );
}

/** Columns of a row for each run. */
export function cliplessColumns(names: readonly string[], base: string): SortedColumn<RunRow>[] {
  return [
    { title: "run", value: ({ run }) => run },
    { title: "analyses", number: true, value: ({ analyses }) => analyses },
    { title: "failed", number: true, value: ({ failed }) => failed },
    ...names.map((name): SortedColumn<RunRow> => ({
      ...{ title: name, number: true },
      value: ({ figures }) => figures[name]?.mean,
      cell: ({ run, figures }) => {
        const figure = figures[name];
        if (figure?.mean === undefined) return "";
        const { difference } = figure;
        if (run === base || difference === undefined) return numberText(figure.mean);
        const { interval } = difference;
        return (
          <>
            {numberText(figure.mean)}
            <div class="muted">
              {signedText(difference.mean)}
              {interval && ` [${signedText(interval[0])}, ${signedText(interval[1])}]`}
            </div>
          </>
        );
      },
    })),
  ];
}

/** A hash says enough by its beginning. */
const short = (value: string | undefined): string =>
  value !== undefined && /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : (value ?? "");

/** Four figures, without a tail of zeros. */
export const numberText = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
const signedText = (value: number): string => `${value > 0 ? "+" : ""}${numberText(value)}`;
