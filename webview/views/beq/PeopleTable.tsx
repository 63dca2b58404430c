import type { Signal } from "@preact/signals";
import type { StudyTable } from "../../../shared/protocol/studyTable.ts";
import { valuesOf, type Question } from "../../../shared/study/summary.ts";
import { decimal } from "../../../shared/study/summaryBlocks.ts";
import { Checkbox } from "../../components/Checkbox.tsx";
import { toggled } from "../../data/toggled.ts";
import { SortedTable, type SortedColumn } from "../../components/SortedTable.tsx";

export interface PeopleTableProps {
  readonly table: StudyTable;
  readonly question: Question;
  /** Who is listed. */
  readonly among: ReadonlySet<string>;
  /** People who are left out of the means. */
  readonly left: Signal<ReadonlySet<string>>;
}

/** Each person's values, sorted by any column; a person can be left out of the means. */
export function PeopleTable({ table, question, among, left }: PeopleTableProps) {
  const { levels, rows } = valuesOf(table, question, among);
  const covariates = new Map(table.participants.map(({ id, covariates: known }) => [id, known]));
  const names = [...new Set(table.participants.flatMap((one) => Object.keys(one.covariates)))].sort();
  type Row = (typeof rows)[number];
  const number = (
    title: string,
    value: (row: Row) => number | undefined,
    digits?: number,
  ): SortedColumn<Row> => ({
    ...{ title, number: true, value },
    cell: (row) => decimal(value(row), digits),
  });
  const columns: SortedColumn<Row>[] = [
    {
      ...{ title: "person", value: ({ id }) => id },
      cell: ({ id }) => (
        <Checkbox
          label={id}
          checked={!left.value.has(id)}
          onChange={() => (left.value = toggled(left.peek(), id))}
        />
      ),
    },
    ...levels.map((name, k) => number(name || "(none)", ({ values }) => values[k])),
    ...names.map((name) => number(name, ({ id }) => covariates.get(id)?.[name], 1)),
  ];
  return (
    <SortedTable
      caption="People: whoever is unticked is left out of the means"
      empty="Nobody passes the filter."
      rows={rows}
      columns={columns}
    />
  );
}
