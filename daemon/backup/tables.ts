import { sql, type Kysely } from "kysely";
import type { Tables } from "../store/schema.ts";

/** EDIN's tables, those that others refer to before those. Who takes results is said anew by each daemon that starts. */
export async function tablesInOrder(db: Kysely<Tables>): Promise<string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name not like 'kysely%' and table_name <> 'receivers'
    order by table_name`.execute(db);
  const { rows: references } = await sql<{ name: string; needs: string }>`
    select distinct c.relname as name, f.relname as needs
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid
    where k.contype = 'f' and c.relnamespace = current_schema()::regnamespace and c.oid <> f.oid`.execute(db);
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    for (const reference of references) if (reference.name === name) visit(reference.needs);
    ordered.add(name);
  };
  for (const { name } of tables) visit(name);
  return [...ordered];
}

/** The changes of the tables that were made so far. */
export async function madeMigrations(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** The rows of a table as JSON, one text each, as the database itself writes them. */
export async function rowsOf(db: Kysely<Tables>, table: string): Promise<string[]> {
  const { rows } = await sql<{
    row: string;
  }>`select to_jsonb(t)::text as row from ${sql.id(table)} t`.execute(db);
  return rows.map(({ row }) => row);
}

/** Rows inserted by one statement. */
const piece = 500;

/** Puts rows back that {@link rowsOf} gave. */
export async function insertRows(db: Kysely<Tables>, table: string, rows: readonly string[]): Promise<void> {
  for (let at = 0; at < rows.length; at += piece) {
    const part = `[${rows.slice(at, at + piece).join(",")}]`;
    await sql`
      insert into ${sql.id(table)}
      select * from jsonb_populate_recordset(null::${sql.id(table)}, ${part}::text::jsonb)`.execute(db);
  }
}
