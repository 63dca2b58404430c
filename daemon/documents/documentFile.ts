import { isNode, LineCounter, type Document } from "yaml";
import type * as z from "zod";
import { parseYaml, plainValue } from "../../shared/documents/parseYaml.ts";
import { AppError, type ErrorCode } from "../../shared/errors.ts";
import { printable } from "../../shared/text/printable.ts";

/** Faults that are told at once; a file with more is most likely something else. */
const maxFaults = 5;

export interface DocumentKind<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Of the AppError. */
  readonly code: ErrorCode;
  /** As in "Fix the interview file". */
  readonly name: string;
}

/**
 * Reads the text of a YAML or JSON file (JSON is YAML) that users write. Anchors are refused: they could make a small file
 * huge.
 * @returns what the schema makes of it, and the plain value as it stands in the file.
 * @throws AppError `kind.code` that names line and column of each fault.
 */
export function parseDocumentFile<Schema extends z.ZodType>(
  text: string,
  kind: DocumentKind<Schema>,
): { parsed: z.output<Schema>; written: z.input<Schema> } {
  const lines = new LineCounter();
  const { document, faults } = parseYaml(text, lines);
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  if (document === undefined || faults.length > 0)
    throw invalid(kind, faults.length, (i) => `${at(faults[i]!.start)}: ${faults[i]!.message}`);

  const written = toPlain(document, kind);
  const parsed = kind.schema.safeParse(written);
  // What the schema accepts is an input of it.
  if (parsed.success) return { parsed: parsed.data, written: written as z.input<Schema> };
  const { issues } = parsed.error;
  throw invalid(kind, issues.length, (i) => {
    const { path, message } = issues[i]!;
    const name = path.join(".").slice(0, maxNameLength);
    return `${at(offsetOf(document, path))}: ${name === "" ? "" : `${name} `}${message.slice(0, maxMessageLength)}`;
  });
}

function toPlain(document: Document.Parsed, { code, name }: DocumentKind<z.ZodType>): unknown {
  try {
    return plainValue(document);
  } catch (cause) {
    throw new AppError(code, `Fix the ${name} file. ${(cause as Error).message}`, { cause });
  }
}

/** Where the value at `path` stands; where it is missing, where the nearest one around it does. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range != null) return node.range[0];
  }
  return 0;
}

/** A text of a user's in a message is cut: a key may be as long as the file. */
const maxNameLength = 200;
const maxMessageLength = 1000;

function invalid(
  { code, name }: DocumentKind<z.ZodType>,
  count: number,
  tell: (fault: number) => string,
): AppError {
  const told = Array.from({ length: Math.min(count, maxFaults) }, (_, i) => printable(tell(i)));
  const rest = count - told.length;
  return new AppError(
    code,
    `Fix the ${name} file. ${told.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}.`,
  );
}
