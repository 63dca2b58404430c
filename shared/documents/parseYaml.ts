import { isMap, isScalar, parseDocument, visit, type Document, type LineCounter } from "yaml";

/** More than this is no file that a person wrote. */
export const maxDocumentLength = 200_000;

const maxMessageLength = 300;

/** Something that is wrong in a text, between two offsets. */
export interface SyntaxFault {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/**
 * Parses a text of YAML or JSON (JSON is YAML) in time that grows with its length; the package's own search for equal keys
 * compares each with each.
 * @returns the document and what is wrong with its syntax; the document can be used where nothing is
 */
export function parseYaml(
  text: string,
  lineCounter?: LineCounter,
  maxLength = maxDocumentLength,
): { document: Document.Parsed | undefined; faults: readonly SyntaxFault[] } {
  const refused = (start: number, message: string) => ({
    document: undefined,
    faults: [{ start, end: start + 1, message }],
  });
  if (text.length > maxLength) return refused(0, `The file is longer than ${maxLength} characters.`);
  const run = signsInARow(text);
  if (run !== undefined) return refused(run, "Here is nothing but brackets and commas.");
  const options = { prettyErrors: false, uniqueKeys: false };
  const document = parseDocument(text, lineCounter === undefined ? options : { ...options, lineCounter });
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ pos: [start, end], message }) => ({
      ...{ start, end },
      // It may hold a word that is as long as the file.
      message: message.slice(0, maxMessageLength),
    }));
    return { document, faults };
  }
  return { document, faults: equalKeys(document) };
}

/**
 * The plain value of a text of YAML or JSON, in the same time. Anchors are refused: they could make a small file huge.
 * @throws Error that says what is wrong first, and in which line
 */
export function readYaml(text: string, maxLength = maxDocumentLength): unknown {
  const { document, faults } = parseYaml(text, undefined, maxLength);
  const [fault] = faults;
  if (document !== undefined && fault === undefined) return plainValue(document);
  const line = text.slice(0, fault?.start).split("\n").length;
  throw new Error(`line ${line}: ${fault?.message ?? "it is empty."}`);
}

/** What a document holds. @throws Error for one with anchors, or that is nested too deep */
export function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    const why = cause instanceof RangeError ? "It is nested too deep." : "Write it without anchors (&, *).";
    throw new Error(why, { cause });
  }
}

/** As many brackets, commas and question marks one after another make the package slow, and mean nothing. */
const maxSigns = 500;

/** Where so many of them stand that the text is no document. */
function signsInARow(text: string): number | undefined {
  let signs = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!;
    if ("[]{},?".includes(c)) signs += 1;
    else if (c !== " " && c !== "\t" && c !== "\n" && c !== "\r") signs = 0;
    if (signs > maxSigns) return at;
  }
  return undefined;
}

function equalKeys(document: Document.Parsed): SyntaxFault[] {
  const faults: SyntaxFault[] = [];
  visit(document, {
    Map(_key, map) {
      if (!isMap(map)) return;
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value) && key.range != null)
          faults.push({ start: key.range[0], end: key.range[1], message: "Map keys must be unique" });
        seen.add(key.value);
      }
    },
  });
  return faults;
}
