import { XMLParser } from "fast-xml-parser";
import { AppError } from "../../../shared/errors.ts";

/** An element as the parser gives it: attributes by name with @ before, children as lists. */
export type Element = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: true,
  // Without it characters by their numbers, such as &#39;, stay as they are written.
  htmlEntities: true,
  isArray: (name) =>
    name !== "ANNOTATION_DOCUMENT" && !name.startsWith("@") && name !== "#text" && name !== "?xml",
});

/** The document element of an ELAN file. @throws AppError `invalid_labels` */
export function rootOf(text: string): Element {
  const whole = text.trim().replace(/^\uFEFF/, "");
  // The parser passes over an end that is missing: a file that was cut off must not look like a short one.
  if (/<ANNOTATION_DOCUMENT[\s>]/.test(whole) && !/<\/ANNOTATION_DOCUMENT\s*>$/.test(whole))
    throw new AppError(
      "invalid_labels",
      "The ELAN document is cut off: its end is missing. Take another copy.",
    );
  let parsed: unknown;
  try {
    parsed = parser.parse(whole);
  } catch (cause) {
    throw new AppError("invalid_labels", "This is no XML. Open the file in ELAN and save it again.", {
      cause,
    });
  }
  const root = (parsed as Element)["ANNOTATION_DOCUMENT"];
  if (typeof root !== "object" || root === null)
    throw new AppError("invalid_labels", "This is no ELAN document: ANNOTATION_DOCUMENT is missing.");
  return root as Element;
}

/** The children of that name, none where there is no element. */
export function children(element: Element | undefined, name: string): Element[] {
  const list = element?.[name];
  if (!Array.isArray(list)) return [];
  return list.map((one: unknown) =>
    typeof one === "object" && one !== null ? (one as Element) : { "#text": String(one) },
  );
}

/** An attribute of an element that has it. */
export function attribute(element: Element | undefined, name: string): string | undefined {
  const value = element?.[`@${name}`];
  return typeof value === "string" ? value : undefined;
}

/** The attributes of an element among those that are named, as far as it has them. */
export function attributes(element: Element | undefined, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = attribute(element, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The text of an element, empty without one. */
export function textOf(element: Element | undefined): string {
  const text = element?.["#text"];
  return typeof text === "string" ? text : "";
}

/** A number that is one: neither empty nor without end. */
export function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
