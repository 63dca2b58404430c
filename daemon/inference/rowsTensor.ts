import type { Tensor } from "./session.ts";

/** Rows of one length as a tensor [rows, values]. */
export function rowsTensor(rows: readonly (readonly number[])[]): Tensor {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]!.length] };
}
