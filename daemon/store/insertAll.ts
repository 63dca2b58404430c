import { sql, type Transaction } from "kysely";
import type { Tables } from "./schema.ts";

/** Rows a statement: enough that their number does not matter, few enough that one statement stays small. */
const rowsAtOnce = 1000;

/** Rows of one table. */
export interface TableRows {
  readonly table: keyof Tables;
  /** Name and type of each column; a value is what JSON makes of it. */
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly object[];
}

/** As many rows as one statement takes, as JSON. */
export interface RowPiece extends Omit<TableRows, "rows"> {
  readonly json: string;
}

/** Inserts many rows in few statements, in time that grows in line with their number. */
export async function insertAll(t: Transaction<Tables>, rows: TableRows): Promise<void> {
  for (const piece of inPieces(rows)) await insertPiece(t, piece);
}

/** Rows in pieces for {@link insertPiece}. */
export function* inPieces({ table, columns, rows }: TableRows): Generator<RowPiece> {
  for (let from = 0; from < rows.length; from += rowsAtOnce)
    yield { table, columns, json: JSON.stringify(rows.slice(from, from + rowsAtOnce)) };
}

/** Inserts rows in one statement. */
export async function insertPiece(t: Transaction<Tables>, { table, columns, json }: RowPiece): Promise<void> {
  const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
  const types = sql.join(
    Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`),
  );
  await sql`
    insert into ${sql.table(table)} (${names})
    select ${names} from json_to_recordset(${json}::json) as given(${types})`.execute(t);
}
