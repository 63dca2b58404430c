import { counted } from "../../../shared/text/counted.ts";
import { useSignal, type Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { ExperimentTable } from "../../../shared/protocol/experimentTable.ts";
import { csvCell } from "../../../shared/csv.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { ProgressBar } from "../../components/Progress.tsx";
import { Select } from "../../components/Select.tsx";
import { SortedTable } from "../../components/SortedTable.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { Host } from "../../host.ts";
import { filtered } from "../../data/sortRows.ts";
import { toggled } from "../../data/toggled.ts";
import { clipColumns, cliplessColumns, type IndexedRow } from "./experimentColumns.tsx";
import { RunChart } from "./RunChart.tsx";
import { numberColumns, runRows } from "./runFigures.ts";

export interface OneExperimentProps {
  readonly host: Host;
  /** Folder of its results. */
  readonly path: string;
  readonly table: ExperimentTable;
}

/** Shown at first; the others are a click away. */
const usual = ["framesWithFace", "dominant", "mean.happy", "framesPerSecond", "sameEmotion", "distance"];

/** The table of an experiment: a row for each analysis, or for each run over its clips. */
export function OneExperiment({ host, path, table }: OneExperimentProps) {
  const runs = [...new Set(table.rows.map(({ run }) => run))];
  const by = useSignal<"clip" | "run">("clip");
  const base = useSignal(runs[0] ?? "");
  const differences = useSignal(false);
  const filter = useSignal("");
  const chosen = useSignal<ReadonlySet<string>>(
    new Set(table.columns.filter((name) => usual.includes(name))),
  );
  const indexed = table.rows.map((row, index): IndexedRow => ({ ...row, index }));
  const shown = table.columns.filter((name) => chosen.value.has(name));
  const numbers = new Set(numberColumns(table));
  const columns = clipColumns({
    ...{ path, table, shown, numbers },
    base: base.value,
    differences: differences.value,
  });
  const rows = filtered(indexed, columns, filter.value);
  const shownNumbers = shown.filter((name) => numbers.has(name));
  const perClip = by.value === "clip";
  // Bootstrapped: not for each letter of the filter, and only where it is shown.
  const runFigures = useMemo(() => (perClip ? [] : runRows(table, base.value)), [table, base.value, perClip]);
  const runColumns = cliplessColumns(shownNumbers, base.value);
  const perRun = filtered(runFigures, runColumns, filter.value);
  const save = () => {
    const head = ["run", "clip", "repeat", "state", "failure", ...shown];
    const lines = rows.map(({ run, clip, repeat, state, failure, values }) =>
      [run, clip, repeat, state, failure, ...shown.map((name) => values[name])].map(csvCell).join(","),
    );
    const text = `${[head.join(","), ...lines].join("\n")}\n`;
    void host.save(`${nameOf(table.title)}.csv`, new Blob([text], { type: "text/csv" }));
  };
  return (
    <>
      <h1>{table.title}</h1>
      <HowFar table={table} />
      <div class="row" role="group" aria-label="What is shown">
        <Select
          label="Rows"
          value={by.value}
          options={[
            { value: "clip", text: "each analysis" },
            { value: "run", text: "each run, over its clips" },
          ]}
          onChange={(next) => (by.value = next)}
        />
        <Select
          label="Base run"
          value={base.value}
          options={runs.map((run) => ({ value: run, text: `base: ${run}` }))}
          onChange={(run) => (base.value = run)}
        />
        {perClip && (
          <Checkbox
            label="Differences to the base"
            checked={differences.value}
            onChange={(next) => (differences.value = next)}
          />
        )}
        <TextField label="Filter the rows" placeholder="Filter: run, clip, value" text={filter} />
        <ColumnMenu all={table.columns} chosen={chosen} />
        <Button secondary icon="export" onClick={save}>
          Shown, CSV
        </Button>
      </div>
      {perClip ? (
        <SortedTable
          caption={`${table.title}: analyses`}
          rows={rows}
          columns={columns}
          empty="No row holds these words."
        />
      ) : (
        <>
          <SortedTable
            caption={`${table.title}: runs, over their clips`}
            rows={perRun}
            columns={runColumns}
            empty="No row holds these words."
          />
          <p class="muted">
            Means over clips; below them the difference to {base.value} over the clips that both have, with a
            95 % bootstrap interval over clips, from three clips on. Repeats of a clip count as one.
          </p>
          <RunChart {...{ host, title: table.title, rows: runFigures }} columns={shownNumbers} />
        </>
      )}
    </>
  );
}

const nameOf = (title: string): string => title.replace(/[^\p{L}\p{N}]+/gu, "-") || "experiment";

/** Which columns are there. */
function ColumnMenu({
  all,
  chosen,
}: {
  readonly all: readonly string[];
  readonly chosen: Signal<ReadonlySet<string>>;
}) {
  return (
    <Menu
      class="columns-menu"
      summary={
        <>
          <Icon name="list-flat" /> Columns
        </>
      }
    >
      <div class="menu">
        {all.map((name) => (
          <Checkbox
            key={name}
            label={name}
            checked={chosen.value.has(name)}
            onChange={() => (chosen.value = toggled(chosen.peek(), name))}
          />
        ))}
      </div>
    </Menu>
  );
}

function HowFar({ table: { state, rows } }: { readonly table: ExperimentTable }) {
  const ended = rows.filter((row) => row.state === "done" || row.state === "failed").length;
  const failed = rows.filter((row) => row.state === "failed").length;
  const running = rows.find((row) => row.state === "running");
  const words = { running: "Runs", done: "Done", stopped: "Stopped before its end" } as const;
  return (
    <p class="row" role="status">
      <span>
        {words[state]}: {ended} of {counted(rows.length, "analysis", "analyses")}
        {failed > 0 && `, ${failed} failed`}
      </span>
      {state === "running" && (
        <ProgressBar
          label="Progress of the experiment"
          share={(ended + (running?.share ?? 0)) / Math.max(rows.length, 1)}
        />
      )}
      {running !== undefined && (
        <span class="muted">
          {running.run}, {running.clip}
        </span>
      )}
    </p>
  );
}
