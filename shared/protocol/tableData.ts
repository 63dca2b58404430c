import * as z from "zod";

/** A table of a user's, bytes. */
export const maxTableBytes = 20_000_000;
const maxLetters = 4 * Math.ceil(maxTableBytes / 3);

/** The bytes of a table in base64: the daemon knows the encodings of texts. */
export const tableDataSchema = z
  .string()
  .max(maxLetters, `The table is larger than ${maxTableBytes / 1e6} MB: leave out other columns.`)
  .regex(/^[A-Za-z0-9+/]*={0,2}$/, "not base64");

/** What the body of a request with a table may have. */
export const tableBodyBytes = maxLetters + 100_000;
