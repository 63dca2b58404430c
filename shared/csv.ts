/**
 * What a spreadsheet takes for the start of a formula (https://owasp.org/www-community/attacks/CSV_Injection): these signs, also
 * of full width and behind spaces, where a cell begins; with other delimiters than ours cells begin within one of ours too.
 */
const formula = /^(?=[\t\r\n])|(^|[;\t\r\n])((?:[^\S\t\r\n]|\u200b)*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;
const madeSafe = /^'(?=[\t\r\n])|(^|[;\t\r\n])'((?:[^\S\t\r\n]|\u200b)*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** One cell by RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe before it; numbers are left. */
export function csvCell(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = value.replace(formula, "$1'$2");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell as it was before {@link csvCell} made it safe. */
export function plainCell(cell: string): string {
  return cell.replace(madeSafe, "$1$2");
}
