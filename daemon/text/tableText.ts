import { isAppError } from "../../shared/errors.ts";
import { decodeText, refuseBinary } from "./decodeText.ts";

/** The text of a table, and what has to be said about its encoding. */
export interface TableText {
  readonly text: string;
  readonly notes: readonly string[];
  /** Why a character could not be read: it stands as U+FFFD, and a reader names its line and column. */
  readonly fault?: string;
}

/**
 * The text of a file that holds a table. Where its encoding cannot be told, the text has U+FFFD at what could not be read,
 * so that the fault has a line and a column.
 * @throws AppError `invalid_text` for what is no text at all, or for an unknown name of an encoding
 */
export function decodeTable(bytes: Uint8Array, encoding?: string): TableText {
  refuseBinary(bytes);
  try {
    const { text, encoding: name, guessed } = decodeText(bytes, encoding);
    const note = `The table was read as ${name}. Look at letters with accents; a wrong guess is fixed by naming the encoding.`;
    return { text, notes: guessed ? [note] : [] };
  } catch (error) {
    if (encoding !== undefined || !isAppError(error, "invalid_text")) throw error;
    return { text: new TextDecoder().decode(bytes), notes: [], fault: error.message };
  }
}
