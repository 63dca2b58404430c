import { readResponseTable, type ResponseTable, type TableOptions } from "../../shared/beq/responseTable.ts";
import { decodeTable } from "../text/tableText.ts";

export interface ReadOptions extends Pick<TableOptions, "map" | "missing"> {
  readonly encoding?: string | undefined;
}

/** The forms in the bytes of a table; see {@link readResponseTable}. @throws AppError `invalid_text` for what is no text */
export function readResponses(bytes: Uint8Array, { encoding, ...options }: ReadOptions = {}): ResponseTable {
  const { text, notes, fault } = decodeTable(bytes, encoding);
  const table = readResponseTable(text, { ...options, encodingFault: fault });
  return { ...table, notes: [...notes, ...table.notes] };
}
