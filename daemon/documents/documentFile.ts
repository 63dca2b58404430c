import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import type * as z from "zod";
import { AppError, type ErrorCode } from "../../shared/errors.ts";

/** Faults that are told at once; a file with more is most likely something else. */
const mostFaults = 5;

export interface DocumentKind<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Of the AppError. */
  readonly code: ErrorCode;
  /** As in "Mend the interview file". */
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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  if (document.errors.length > 0)
    throw invalid(
      kind,
      document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`),
    );

  const written = toPlain(document, kind);
  const parsed = kind.schema.safeParse(written);
  // What the schema accepts is an input of it.
  if (parsed.success) return { parsed: parsed.data, written: written as z.input<Schema> };
  throw invalid(
    kind,
    parsed.error.issues.map(({ path, message }) => {
      const name = path.join(".");
      return `${at(offsetOf(document, path))}: ${name === "" ? "" : `${name} `}${message}`;
    }),
  );
}

function toPlain(document: Document.Parsed, { code, name }: DocumentKind<z.ZodType>): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new AppError(code, `Mend the ${name} file: write it without anchors (&, *).`, { cause });
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

function invalid({ code, name }: DocumentKind<z.ZodType>, faults: readonly string[]): AppError {
  const told = faults.slice(0, mostFaults);
  const rest = faults.length - told.length;
  return new AppError(
    code,
    `Mend the ${name} file. ${told.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}.`,
  );
}
