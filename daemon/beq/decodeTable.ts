/**
 * The text of a CSV file. UTF-16 is known by its byte-order mark or by its zeros; everything else has to be UTF-8, and a
 * byte that is not becomes U+FFFD, which the reader reports with its line and column.
 */
export function decodeTable(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  // A heading in Latin letters: every other byte is zero.
  if (a !== 0 && b === 0) return "utf-16le";
  return a === 0 && b !== undefined && b !== 0 ? "utf-16be" : "utf-8";
}
