import { useSignal, type Signal } from "@preact/signals";
import type { StudyTable } from "../../../shared/protocol/studyTable.ts";
import { valuesOf, type Question } from "../../../shared/study/summary.ts";
import { decimal } from "../../../shared/study/summaryBlocks.ts";
import { Checkbox } from "../../components/Checkbox.tsx";
import { DataTable, type Column } from "../../components/DataTable.tsx";

export interface PeopleTableProps {
  readonly table: StudyTable;
  readonly question: Question;
  /** People who are left out of the means. */
  readonly left: Signal<ReadonlySet<string>>;
}

/** Each person's values, sorted by any column; a person can be left out of the means. */
export function PeopleTable({ table, question, left }: PeopleTableProps) {
  const sorted = useSignal<{ column: number; down: boolean }>({ column: -1, down: false });
  const { levels, rows: people } = valuesOf(table, question);
  const { column, down } = sorted.value;
  const covariates = new Map(table.participants.map(({ id, covariates: known }) => [id, known]));
  const names = [...new Set(table.participants.flatMap((one) => Object.keys(one.covariates)))].sort();
  const keyOf = ({ id, values }: (typeof people)[number]): string | number | undefined => {
    if (column < 0) return id;
    return column < levels.length ? values[column] : covariates.get(id)?.[names[column - levels.length]!];
  };
  const rows = people.toSorted((a, b) => compare(keyOf(a), keyOf(b), down));
  const heading = (title: string, at: number) => (
    <button
      type="button"
      class="link"
      aria-label={`Sort by ${title}${at === column ? (down ? ", falling now" : ", rising now") : ""}`}
      onClick={() => (sorted.value = { column: at, down: at === column && !down })}
    >
      {title} {at === column ? (down ? "▾" : "▴") : ""}
    </button>
  );
  const toggle = (id: string, shown: boolean): void => {
    const next = new Set(left.value);
    if (shown) next.delete(id);
    else next.add(id);
    left.value = next;
  };
  type Row = (typeof people)[number];
  const columns: Column<Row>[] = [
    {
      title: "person",
      heading: heading("person", -1),
      cell: ({ id }) => (
        <Checkbox label={id} checked={!left.value.has(id)} onChange={(shown) => toggle(id, shown)} />
      ),
    },
    ...levels.map((name, k): Column<Row> => ({
      ...{ title: name || "(none)", number: true },
      heading: heading(name || "(none)", k),
      cell: ({ values }) => decimal(values[k]),
    })),
    ...names.map((name, k): Column<Row> => ({
      ...{ title: name, number: true },
      heading: heading(name, levels.length + k),
      cell: ({ id }) => decimal(covariates.get(id)?.[name], 1),
    })),
  ];
  return (
    <DataTable caption="People: whoever is unticked is left out of the means" rows={rows} columns={columns} />
  );
}

/** What is missing comes last, whichever way is sorted. */
function compare(a: string | number | undefined, b: string | number | undefined, down: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return down ? -order : order;
}
