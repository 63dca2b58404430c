import { v7 } from "uuid";

/**
 * The id of a new row. Those that one process makes sort in the order in which they were made, also within one tick of
 * the database's clock (RFC 9562, version 7): `order by created_at, id` never shows them otherwise.
 */
export function newId(): string {
  return v7();
}
