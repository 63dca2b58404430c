/** What steers a terminal or turns the direction of a line: control characters, and the marks of bidirectional text. */
const steering = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A text of somebody else's as one harmless line: what would steer a terminal is shown as "�". */
export const printable = (text: string): string => text.replace(steering, "\uFFFD");

/** As {@link printable}, for what EDIN composed of several lines. */
export const printableLines = (text: string): string =>
  text.replace(steering, (c) => (c === "\n" ? c : "\uFFFD"));

/** The beginning of a user's text, for a message about it. */
export function excerpt(text: string, most = 40): string {
  const cut = text.slice(0, most).trim();
  return printable(text.length > most ? `${cut}…` : cut);
}
