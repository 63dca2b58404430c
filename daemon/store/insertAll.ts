import { sql, type Transaction } from "kysely";
import type { Tables } from "./schema.ts";

/** Rows a statement: enough that their number does not matter, few enough that one statement stays small. */
const rowsAtOnce = 1000;

/**
 * Inserts many rows in few statements, in time that grows in line with their number.
 * @param columns name and type of each; a value is what JSON makes of it
 */
export async function insertAll(
  t: Transaction<Tables>,
  table: keyof Tables,
  columns: Readonly<Record<string, string>>,
  rows: readonly object[],
): Promise<void> {
  const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
  const types = sql.join(
    Object.entries(columns).map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`),
  );
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const piece = JSON.stringify(rows.slice(from, from + rowsAtOnce));
    await sql`
      insert into ${sql.table(table)} (${names})
      select ${names} from json_to_recordset(${piece}::json) as given(${types})`.execute(t);
  }
}
