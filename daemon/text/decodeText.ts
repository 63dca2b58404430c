import { analyse } from "chardet";
import { AppError } from "../../shared/errors.ts";

/** The text of a file, and in which encoding it stood there. */
export interface DecodedText {
  readonly text: string;
  /** By the name of the WHATWG's Encoding Standard, as `utf-8` or `windows-1252`. */
  readonly encoding: string;
  /** A code page that no mark of the file names: taken because the text reads well in it alone. */
  readonly guessed: boolean;
}

/**
 * The text of any text file that a user gives, without its byte-order mark: UTF-8 and UTF-16, and code pages of Windows
 * and of older Macs where the text reads well in one of them only. The result never holds a replacement character.
 * @param encoding a name of the Encoding Standard, where the user gives one
 * @throws AppError `invalid_text` that says what the file is, or in which encodings it may be
 */
export function decodeText(bytes: Uint8Array, encoding?: string): DecodedText {
  refuseBinary(bytes);
  const name = encoding ?? unicodeOf(bytes);
  const text = name === undefined ? decodeAs("utf-8", bytes) : decodeAs(name, bytes);
  if (text !== undefined) return checked(text, name ?? "utf-8", false);
  if (name !== undefined) throw invalid(`The file is not in ${name}. ${advice}`);
  const guess = guessCodePage(bytes);
  if ("text" in guess) return checked(guess.text, guess.encoding, true);
  const some = guess.candidates.length > 0 ? `; it may be in ${guess.candidates.join(" or ")}` : "";
  throw invalid(`The file is not in UTF-8${some}. ${advice}`);
}

const advice = "Save it as UTF-8, or name its encoding.";
const invalid = (message: string) => new AppError("invalid_text", message);

function checked(text: string, encoding: string, guessed: boolean): DecodedText {
  if (text.includes("\0"))
    throw invalid("The file holds bytes that are no text (NUL). Save it as text in UTF-8.");
  if (text.includes("\uFFFD"))
    throw invalid("The file holds \uFFFD where characters were lost when it was saved. Enter them again.");
  return { text, encoding, guessed };
}

/** undefined where the bytes are not in that encoding. @throws AppError `invalid_text` for an unknown name */
export function decodeAs(encoding: string, bytes: Uint8Array): string | undefined {
  const decoder = openDecoder(encoding);
  if (decoder === undefined) {
    throw invalid(
      `There is no encoding "${encoding.slice(0, 40)}". Write utf-8, utf-16le, windows-1252 or the like.`,
    );
  }
  try {
    const text = decoder.decode(bytes);
    return decoder.encoding === "windows-1252"
      ? text.replace(/[\x80-\x9f]/g, (c) => upper1252.get(c) ?? c)
      : text;
  } catch {
    return undefined;
  }
}

/** Node 20 takes windows-1252 for Latin-1: what stands at 0x80 to 0x9f of the page. */
const upper1252: ReadonlyMap<string, string> = new Map(
  Array.from(
    "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ",
    (c, i) => [String.fromCharCode(0x80 + i), c] as const,
  ).filter(([, c]) => c !== " "),
);

function openDecoder(encoding: string) {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch {
    return undefined;
  }
}

/** Files that people take for text, by their first bytes. */
const kinds: readonly (readonly [start: readonly number[], kind: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "a workbook or an archive (.xlsx, .ods, .docx, .zip)"],
  [[0xd0, 0xcf, 0x11, 0xe0], "a workbook or a document of old Office (.xls, .doc)"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF"],
  [[0x7b, 0x5c, 0x72, 0x74, 0x66], "rich text (.rtf)"],
  [[0x1f, 0x8b], "a gzip archive"],
  [[0x24, 0x46, 0x4c, 0x32], "a data file of SPSS (.sav)"],
  [[0xff, 0xfe, 0, 0], "text in UTF-32"],
  [[0, 0, 0xfe, 0xff], "text in UTF-32"],
];

/** @throws AppError `invalid_text` that names the kind of a file that is no text */
export function refuseBinary(bytes: Uint8Array): void {
  const kind = kinds.find(([start]) => start.every((byte, i) => bytes[i] === byte))?.[1];
  if (kind !== undefined) throw invalid(`The file is ${kind}. Save it as plain text or CSV, in UTF-8.`);
}

/** UTF-16 is known by its mark or by the zeros of its Latin letters. */
function unicodeOf(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  const zeros = [0, 0];
  const seen = Math.min(bytes.length, 400);
  for (let i = 0; i < seen; i++) if (bytes[i] === 0) zeros[i % 2]! += 1;
  const pairs = seen / 2;
  if (zeros[1]! > 0.3 * pairs && zeros[0]! < 0.05 * pairs) return "utf-16le";
  return zeros[0]! > 0.3 * pairs && zeros[1]! < 0.05 * pairs ? "utf-16be" : undefined;
}

/** What the detector's names are in the Encoding Standard, where a page of ISO is part of one of Windows. */
const standardNames: Readonly<Record<string, string>> = {
  "ISO-8859-1": "windows-1252",
  "ISO-8859-9": "windows-1254",
  ASCII: "",
  "UTF-8": "",
  "UTF-32LE": "",
  "UTF-32BE": "",
  "ISO-2022-JP": "",
  "ISO-2022-KR": "",
  "ISO-2022-CN": "",
};
/** Below this the detector has seen nothing that speaks for an encoding. */
const minConfidence = 20;

/**
 * The code page in which the text reads well, by the frequencies of letters (chardet) and by what no text has: control
 * characters, capitals and signs in the middle of a word, two alphabets in one word. Pages that give the same text agree.
 */
function guessCodePage(
  bytes: Uint8Array,
): { text: string; encoding: string } | { candidates: readonly string[] } {
  const found = new Map<string, number>();
  for (const { name, confidence } of analyse(telling(bytes))) {
    const encoding = standardNames[name] ?? name.toLowerCase();
    if (encoding !== "") found.set(encoding, Math.max(confidence, found.get(encoding) ?? 0));
  }
  // No frequencies of it are known, but where it reads well it is a rival of the others.
  found.set("macintosh", minConfidence);
  const readable = [...found].flatMap(([encoding, confidence]) => {
    const text = decodeAs(encoding, bytes);
    return text !== undefined && readsWell(text) ? [{ encoding, confidence, text }] : [];
  });
  const best = readable.reduce<(typeof readable)[number] | undefined>(
    (top, one) => (one.confidence > (top?.confidence ?? 0) ? one : top),
    undefined,
  );
  if (best === undefined) return { candidates: [] };
  const rivals = readable.filter(({ confidence }) => confidence >= best.confidence / 2);
  const agreed = rivals.every(({ text }) => text === best.text);
  return agreed && best.confidence >= minConfidence
    ? best
    : { candidates: rivals.map(({ encoding }) => encoding).slice(0, 3) };
}

/** Bytes that the detector looks at: lines with something beyond ASCII, 64 KB at most. */
function telling(bytes: Uint8Array): Uint8Array {
  const maxBytes = 65_536;
  if (bytes.length <= maxBytes) return bytes;
  const kept = new Uint8Array(maxBytes);
  let length = 0;
  for (let i = 0; i < bytes.length && length < maxBytes; i++) {
    if (bytes[i]! < 0x80) continue;
    const part = bytes
      .subarray(Math.max(0, i - 20), Math.min(bytes.length, i + 20))
      .subarray(0, maxBytes - length);
    kept.set(part, length);
    length += part.length;
    i += 20;
  }
  return kept.subarray(0, length);
}

/** Something that is in no text of people's: see {@link guessCodePage}. */
const nonsense = [
  /[\x7f-\x9f\uE000-\uF8FF]/,
  /\p{Ll}(?=\P{ASCII})\p{Lu}/u,
  /\p{Lu}(?=\P{ASCII})\p{Lu}\p{Ll}/u,
  /(?<=\p{Ll})[\u00a1-\u00bf\u00d7\u00f7\u02c0-\u02ff\u2020-\u203a\u2044\u20ac\u2122-\u2265\u25ca](?=\p{Ll})/u,
  /[A-Za-z]\p{Script=Cyrillic}|[A-Za-z]\p{Script=Greek}|[A-Za-z]\p{Script=Hebrew}|[A-Za-z]\p{Script=Arabic}/u,
];

const readsWell = (text: string): boolean => nonsense.every((sign) => !sign.test(text));
