import { toAppError } from "../../shared/errors.ts";

/** A number of bytes in the unit that keeps it short, by powers of 1000. */
export function bytes(count: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]!}`;
}

/** An instant in the user's own time and format. */
export function dateTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** What went wrong, for a user; the daemon's own words where it sent some. */
export function errorText(error: unknown): string {
  return toAppError(error).message;
}
