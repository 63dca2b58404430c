import { isNode, LineCounter, parseDocument, type Document } from "yaml";
import { AppError } from "../../shared/errors.ts";
import { interviewSchema, type Interview } from "../../shared/protocol/interview.ts";

/** Faults that are told at once; a file with more is most likely something else. */
const mostFaults = 5;

/**
 * Reads an interview from the text of a YAML or JSON file (JSON is YAML). Anchors are refused: they could make a small file
 * huge.
 * @throws AppError `invalid_interview` that names line and column of each fault.
 */
export function parseInterview(text: string): Interview {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `line ${line}, column ${col}`;
  };
  if (document.errors.length > 0)
    throw invalid(document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`));

  const parsed = interviewSchema.safeParse(toPlain(document));
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.map(({ path, message }) => {
      const name = path.join(".");
      return `${at(offsetOf(document, path))}: ${name === "" ? "" : `${name} `}${message}`;
    }),
  );
}

function toPlain(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new AppError("invalid_interview", "Mend the interview file: write it without anchors (&, *).", {
      cause,
    });
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

function invalid(faults: readonly string[]): AppError {
  const told = faults.slice(0, mostFaults);
  const rest = faults.length - told.length;
  return new AppError(
    "invalid_interview",
    `Mend the interview file. ${told.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}.`,
  );
}
