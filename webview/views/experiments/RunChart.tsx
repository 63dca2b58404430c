import { useSignal } from "@preact/signals";
import { BarChart } from "../../components/BarChart.tsx";
import { Select } from "../../components/Select.tsx";
import type { Host } from "../../host.ts";
import { numberText } from "./experimentColumns.tsx";
import type { RunRow } from "./runFigures.ts";

/** One figure of every run beside each other. */
export function RunChart({
  host,
  title,
  rows,
  columns,
}: {
  readonly host: Host;
  readonly title: string;
  readonly rows: readonly RunRow[];
  readonly columns: readonly string[];
}) {
  const chosen = useSignal(columns[0] ?? "");
  const name = columns.includes(chosen.value) ? chosen.value : columns[0];
  const known = rows.flatMap(({ run, figures }) => {
    const mean = name === undefined ? undefined : figures[name]?.mean;
    return mean === undefined ? [] : [{ run, mean }];
  });
  if (name === undefined || known.length === 0) return null;
  return (
    <>
      <Select
        label="Figure that is drawn"
        value={name}
        options={columns.map((value) => ({ value, text: value }))}
        onChange={(value) => (chosen.value = value)}
      />
      <BarChart
        host={host}
        label={`${title}: ${name}, mean over clips`}
        groups={known.map(({ run }) => run)}
        series={[{ title: name, values: known.map(({ mean }) => mean) }]}
        axes={{ x: "Run", y: name }}
        format={numberText}
      />
    </>
  );
}
