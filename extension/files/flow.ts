/** A place inside `{ }`. */
export interface FlowPlace {
  /** The text up to the opening brace, or to the bracket of the list that it is an item of. */
  readonly before: string;
  /** The key whose value is written, where one is. */
  readonly key: string | undefined;
  /** Keys that the braces hold already. */
  readonly present: ReadonlySet<string>;
}

/** Nobody writes a longer value by hand. */
const maxPartLength = 1000;

/** Where the end of `text` lies in YAML's flow style; `undefined` where no brace is open there. */
export function flowPlace(text: string): FlowPlace | undefined {
  const open = openBrackets(text);
  const brace = open.at(-1);
  if (brace === undefined || text[brace] !== "{") return undefined;
  const list = open.at(-2);
  const parts = topLevelParts(text.slice(brace + 1));
  if (parts.at(-1)!.length > maxPartLength) return undefined;
  const [, key, typed] = /^\s*(?:["']?([\w-]+)["']?:\s)?\s*["']?([\w./-]*)$/.exec(parts.at(-1)!) ?? [];
  if (typed === undefined) return undefined;
  const names = parts.slice(0, -1).map((part) => /^\s*["']?([\w-]+)["']?\s*:/.exec(part)?.[1]);
  return {
    before: text.slice(0, list !== undefined && text[list] === "[" ? list : brace),
    key,
    present: new Set(names.filter((name) => name !== undefined)),
  };
}

/** Places of the brackets that are open at the end of the text, outside quotes and comments. */
function openBrackets(text: string): number[] {
  const open: number[] = [];
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== "") {
      if (char === "\n" && open.length === 0) quote = "";
      else if (char === quote) quote = "";
    } else if (char === "#" && /\s/.test(text[i - 1] ?? "\n")) {
      while (i + 1 < text.length && text[i + 1] !== "\n") i++;
    } else if ((char === '"' || char === "'") && /[\s{[,:]/.test(text[i - 1] ?? "\n")) quote = char;
    else if (char === "{" || char === "[") open.push(i);
    else if (char === "}" || char === "]") open.pop();
  }
  return open;
}

/** The text between the commas that lie in no brackets of their own. */
function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    if ("{[".includes(text[i]!)) depth++;
    else if ("}]".includes(text[i]!)) depth--;
    else if (text[i] === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}
