import { XMLParser } from "fast-xml-parser";
import { AppError } from "../../../shared/errors.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import type { Foreign, ForeignAnnotation, ForeignTier } from "./foreign.ts";

/** An element as the parser gives it: attributes by name with @ before, children as lists. */
type Element = Readonly<Record<string, unknown>>;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: true,
  isArray: (name) =>
    name !== "ANNOTATION_DOCUMENT" && !name.startsWith("@") && name !== "#text" && name !== "?xml",
});

/** Frames of old documents. */
const unitsMs: Readonly<Record<string, number>> = {
  milliseconds: 1,
  "NTSC-frames": 1001 / 30,
  "PAL-frames": 40,
};

/**
 * Reads an ELAN document (EAF 2 and 3): alignable and reference tiers, controlled vocabularies, slots without a time, which
 * are spread evenly between their neighbours as ELAN does, several media and their offset.
 *
 * @throws AppError `invalid_labels`
 */
export function readEaf(text: string): Foreign {
  const root = rootOf(text);
  const lost: string[] = [];
  const header = children(root, "HEADER")[0] ?? {};
  const factor = unitsMs[attribute(header, "TIME_UNITS") ?? "milliseconds"];
  if (factor === undefined)
    throw new AppError(
      "invalid_labels",
      `The unit of time ${attribute(header, "TIME_UNITS") ?? ""} is not known.`,
    );
  const media = children(header, "MEDIA_DESCRIPTOR");
  const originMs = numberOf(attribute(media[0], "TIME_ORIGIN")) ?? 0;
  const slots = new Map<string, number | undefined>(
    children(children(root, "TIME_ORDER")[0] ?? {}, "TIME_SLOT").map((slot) => {
      const value = numberOf(attribute(slot, "TIME_VALUE"));
      return [attribute(slot, "TIME_SLOT_ID") ?? "", value === undefined ? undefined : value * factor];
    }),
  );
  const types = new Map(
    children(root, "LINGUISTIC_TYPE").map((type) => [attribute(type, "LINGUISTIC_TYPE_ID") ?? "", type]),
  );
  const vocabularies = readVocabularies(root, lost);
  const elements = children(root, "TIER");
  const times = new Map<string, { startMs: number; endMs: number }>();
  for (const tier of elements) alignTier(tier, slots, times);
  for (let round = 0; round < elements.length + 1; round++) if (!alignReferences(elements, times)) break;

  const tiers = elements.map((tier): ForeignTier => {
    const name = attribute(tier, "TIER_ID") ?? "tier";
    const type = types.get(attribute(tier, "LINGUISTIC_TYPE_REF") ?? "");
    const parent = attribute(tier, "PARENT_REF");
    const vocabulary = vocabularies.get(attribute(type, "CONTROLLED_VOCABULARY_REF") ?? "");
    return {
      name,
      kind: "interval",
      ...(parent !== undefined && { parent }),
      ...(vocabulary !== undefined && { vocabulary }),
      annotations: annotationsOf(tier).flatMap((one): ForeignAnnotation[] => {
        const time = times.get(one.id);
        if (time === undefined) {
          lost.push(`${name}: an annotation without a time (${one.id}).`);
          return [];
        }
        return [{ startMs: time.startMs + originMs, endMs: time.endMs + originMs, value: one.value }];
      }),
    };
  });
  for (const one of ["LICENSE", "LANGUAGE", "LEXICON_REF", "REF_LINK_SET"])
    if (children(root, one).some((element) => Object.keys(element).length > 0))
      lost.push(`Elements ${one} are not kept.`);
  const files = media.map((one) =>
    mediaName(attribute(one, "RELATIVE_MEDIA_URL") ?? attribute(one, "MEDIA_URL") ?? ""),
  );
  if (files.length > 1) lost.push(`Further media are kept by name alone: ${files.slice(1).join(", ")}.`);
  const [annotator] = elements.flatMap((tier) => attribute(tier, "ANNOTATOR") ?? []);
  return {
    tiers: attached(tiers),
    ...(files[0] !== undefined && files[0] !== "" && { clip: files[0] }),
    ...(annotator !== undefined && annotator !== "" && { annotator }),
    kept: {
      eaf: {
        ...(originMs !== 0 && { timeOriginMs: originMs }),
        ...(files.length > 1 && { media: files }),
        tiers: Object.fromEntries(
          elements.map((tier) => [
            attribute(tier, "TIER_ID") ?? "",
            Object.fromEntries(
              ["PARTICIPANT", "ANNOTATOR", "LINGUISTIC_TYPE_REF", "DEFAULT_LOCALE", "LANG_REF"].flatMap(
                (name) => {
                  const value = attribute(tier, name);
                  return value === undefined ? [] : [[name, value]];
                },
              ),
            ),
          ]),
        ),
      },
    },
    lost,
  };
}

function rootOf(text: string): Element {
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

function children(element: Element | undefined, name: string): Element[] {
  const list = element?.[name];
  if (!Array.isArray(list)) return [];
  return list.map((one: unknown) =>
    typeof one === "object" && one !== null ? (one as Element) : { "#text": String(one) },
  );
}

function attribute(element: Element | undefined, name: string): string | undefined {
  const value = element?.[`@${name}`];
  return typeof value === "string" ? value : undefined;
}

function textOf(element: Element | undefined): string {
  const text = element?.["#text"];
  return typeof text === "string" ? text : "";
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

interface RawAnnotation {
  readonly id: string;
  readonly value: string;
  readonly from?: string;
  readonly to?: string;
  readonly ref?: string;
  readonly previous?: string;
}

function annotationsOf(tier: Element): RawAnnotation[] {
  return children(tier, "ANNOTATION").flatMap((annotation): RawAnnotation[] => {
    const aligned = children(annotation, "ALIGNABLE_ANNOTATION")[0];
    const reference = children(annotation, "REF_ANNOTATION")[0];
    const element = aligned ?? reference;
    if (element === undefined) return [];
    const optional = (key: string, name: string) => {
      const value = attribute(element, name);
      return value === undefined ? {} : { [key]: value };
    };
    return [
      {
        id: attribute(element, "ANNOTATION_ID") ?? "",
        value: textOf(children(element, "ANNOTATION_VALUE")[0]),
        ...optional("from", "TIME_SLOT_REF1"),
        ...optional("to", "TIME_SLOT_REF2"),
        ...optional("ref", "ANNOTATION_REF"),
        ...optional("previous", "PREVIOUS_ANNOTATION"),
      },
    ];
  });
}

/** Slots without a time lie evenly between the nearest ones of their chain that have one. */
function alignTier(
  tier: Element,
  slots: ReadonlyMap<string, number | undefined>,
  times: Map<string, { startMs: number; endMs: number }>,
): void {
  const aligned = annotationsOf(tier).filter(({ from, to }) => from !== undefined && to !== undefined);
  const chain: string[] = [];
  for (const { from, to } of aligned) {
    if (chain.at(-1) !== from) chain.push(from!);
    chain.push(to!);
  }
  const ms = chain.map((slot) => slots.get(slot));
  const filled = new Map<string, number>();
  for (let i = 0; i < ms.length; i++) {
    if (ms[i] !== undefined) {
      filled.set(chain[i]!, ms[i]!);
      continue;
    }
    let end = i;
    while (end < ms.length && ms[end] === undefined) end++;
    const low = i > 0 ? (filled.get(chain[i - 1]!) ?? 0) : (ms[end] ?? 0);
    const high = ms[end] ?? low;
    for (let k = i; k < end; k++) filled.set(chain[k]!, low + ((high - low) * (k - i + 1)) / (end - i + 1));
    i = end - 1;
  }
  for (const { id, from, to } of aligned) {
    const [startMs, endMs] = [filled.get(from!), filled.get(to!)];
    if (startMs !== undefined && endMs !== undefined) times.set(id, { startMs, endMs });
  }
}

/** References share the time of what they refer to evenly, in the order of their chain. @returns whether one got a time */
function alignReferences(
  tiers: readonly Element[],
  times: Map<string, { startMs: number; endMs: number }>,
): boolean {
  let found = false;
  for (const tier of tiers) {
    const groups = new Map<string, RawAnnotation[]>();
    for (const one of annotationsOf(tier))
      if (one.ref !== undefined) groups.set(one.ref, [...(groups.get(one.ref) ?? []), one]);
    for (const [ref, members] of groups) {
      const parent = times.get(ref);
      if (parent === undefined || members.every(({ id }) => times.has(id))) continue;
      const ordered = inChain(members);
      const part = (parent.endMs - parent.startMs) / ordered.length;
      ordered.forEach(({ id }, i) =>
        times.set(id, { startMs: parent.startMs + i * part, endMs: parent.startMs + (i + 1) * part }),
      );
      found = true;
    }
  }
  return found;
}

function inChain(members: readonly RawAnnotation[]): RawAnnotation[] {
  const after = new Map(members.map((one) => [one.previous, one]));
  const ordered: RawAnnotation[] = [];
  for (
    let next = after.get(undefined);
    next !== undefined && !ordered.includes(next);
    next = after.get(next.id)
  )
    ordered.push(next);
  return [...ordered, ...members.filter((one) => !ordered.includes(one))];
}

/** The first language of each entry; other languages and vocabularies in other files are told. */
function readVocabularies(root: Element, lost: string[]): Map<string, string[]> {
  return new Map(
    children(root, "CONTROLLED_VOCABULARY").map((vocabulary) => {
      const id = attribute(vocabulary, "CV_ID") ?? "";
      const external = attribute(vocabulary, "EXT_REF");
      if (external !== undefined) {
        const reference = children(root, "EXTERNAL_REF").find(
          (one) => attribute(one, "EXT_REF_ID") === external,
        );
        lost.push(
          `The vocabulary ${id} lies in another file (${attribute(reference, "VALUE") ?? external}), which is not read; labels are those that occur.`,
        );
      }
      const entries = children(vocabulary, "CV_ENTRY_ML");
      if (entries.some((entry) => children(entry, "CVE_VALUE").length > 1))
        lost.push(`Of the vocabulary ${id} the first language is taken.`);
      const values = [
        ...children(vocabulary, "CV_ENTRY").map(textOf),
        ...entries.map((entry) => textOf(children(entry, "CVE_VALUE")[0])),
      ];
      return [id, values.filter((value) => value.trim() !== "")];
    }),
  );
}

const attachedFields = { intensity: "intensity", note: "note" } as const;

/** Tiers that EDIN wrote for fields of annotations go back to them. */
function attached(tiers: readonly ForeignTier[]): ForeignTier[] {
  const isField = ({ name, parent }: ForeignTier) =>
    Object.keys(attachedFields).some((field) => parent !== undefined && name === `${parent}@${field}`);
  return tiers
    .filter((tier) => !isField(tier))
    .map((tier) => {
      const fields = tiers.filter((one) => isField(one) && one.parent === tier.name);
      if (fields.length === 0) return tier;
      return {
        ...tier,
        annotations: tier.annotations.map((annotation) => {
          const more: Partial<Annotation> = Object.fromEntries(
            fields.flatMap((field) => {
              const own = field.annotations.find(
                ({ startMs, endMs }) => startMs === annotation.startMs && endMs === annotation.endMs,
              );
              return own === undefined ? [] : [[field.name.slice(tier.name.length + 1), own.value]];
            }),
          );
          return { ...annotation, more };
        }),
      };
    });
}

function mediaName(url: string): string {
  const name = url.slice(Math.max(url.lastIndexOf("/"), url.lastIndexOf("\\")) + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
