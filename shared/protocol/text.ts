import * as z from "zod";
import { AppError } from "../errors.ts";

/**
 * A moment, in UTC. Databases and calendars know no year 0, and none of more than four digits; a day's margin at both ends is
 * for time zones.
 */
export const instantSchema = z.iso
  .datetime()
  .refine((text) => text >= "0001-01-02" && text < "9999-12-31", "a moment between the years 1 and 9999");

/** Deeper than whatever a person or a program of EDIN writes. */
const maxDepth = 64;

/**
 * Refuses JSON with a text, or the name of a field, that cannot be stored: PostgreSQL keeps no NUL, and half of a character
 * (a lone surrogate) is no text. Also JSON that nests beyond measure. Whatever enters a process passes here once.
 * @throws AppError `invalid_request` that names the field
 */
export function refuseBadTexts(value: unknown): void {
  const waiting: { value: unknown; path: string; depth: number }[] = [{ value, path: "", depth: 0 }];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const { value: part, path, depth } = one;
    if (typeof part === "string") refuse(part, path);
    if (typeof part !== "object" || part === null || ArrayBuffer.isView(part)) continue;
    if (depth === maxDepth)
      throw new AppError(
        "invalid_request",
        `${shown(path)} nests too deeply. ${maxDepth} levels are the most.`,
      );
    for (const [key, inner] of Object.entries(part)) {
      const at = path === "" ? key : `${path}.${key}`;
      refuse(key, at);
      waiting.push({ value: inner, path: at, depth: depth + 1 });
    }
  }
}

function refuse(text: string, path: string): void {
  if (text.includes("\0"))
    throw new AppError("invalid_request", `${shown(path)} holds a NUL character. Remove it.`);
  if (/\p{Cs}/u.test(text))
    throw new AppError(
      "invalid_request",
      `${shown(path)} holds half of a character, as a cut emoji leaves it. Remove it.`,
    );
}

/** The path of a field as a message may show it. */
const shown = (path: string): string =>
  `The field ${path.replace(/[\p{Cc}\p{Cs}]/gu, "\uFFFD").slice(0, 200)}`;
