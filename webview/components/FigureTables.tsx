import { DataTable } from "./DataTable.tsx";

/** A figure, with its 95 % interval where there is one. */
export function estimate(value: number, interval: readonly [number, number] | undefined): string {
  const text = value.toFixed(3);
  return interval === undefined ? text : `${text} (${interval[0].toFixed(3)} to ${interval[1].toFixed(3)})`;
}

/** How a network did as a whole. @param rows names and texts, as {@link estimate} makes them */
export function FigureTable({
  rows,
}: {
  readonly rows: readonly (readonly [name: string, value: string])[];
}) {
  return (
    <DataTable
      caption="Figures"
      rows={rows}
      columns={[
        { title: "Figure", cell: ([name]) => name },
        { title: "Value (95 % interval)", number: true, cell: ([, value]) => value },
      ]}
    />
  );
}

export interface LabelTableProps {
  readonly perClass: Readonly<
    Record<
      string,
      { readonly n: number; readonly precision: number; readonly recall: number; readonly f1: number }
    >
  >;
}

/** How a network did by label. */
export function LabelTable({ perClass }: LabelTableProps) {
  return (
    <DataTable
      caption="By label"
      rows={Object.entries(perClass)}
      columns={[
        { title: "Label", cell: ([label]) => label },
        { title: "n", number: true, cell: ([, { n }]) => n },
        { title: "Precision", number: true, cell: ([, { precision }]) => precision.toFixed(3) },
        { title: "Recall", number: true, cell: ([, { recall }]) => recall.toFixed(3) },
        { title: "F1", number: true, cell: ([, { f1 }]) => f1.toFixed(3) },
      ]}
    />
  );
}
