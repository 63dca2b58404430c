import { AppError } from "../../../shared/errors.ts";
import { grouped } from "../../../shared/labels/edits.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import { alignTiers, annotationsOf, type EafAnnotation } from "./eafTimes.ts";
import { attribute, attributes, children, numberOf, rootOf, textOf, type Element } from "./eafXml.ts";
import type { Foreign, ForeignAnnotation, ForeignTier } from "./foreign.ts";
import { counted } from "../../../shared/text/counted.ts";

/** Frames of old documents. */
const unitsMs: Readonly<Record<string, number>> = {
  milliseconds: 1,
  "NTSC-frames": 1001 / 30,
  "PAL-frames": 40,
};

/** Attributes of a tier that are kept for the way back. */
const keptOfTier = ["PARTICIPANT", "ANNOTATOR", "LINGUISTIC_TYPE_REF"] as const;

/**
 * Reads an ELAN document (EAF 2 and 3): alignable and reference tiers, controlled vocabularies, slots without a time, which
 * are spread evenly between their neighbours as ELAN does, several media and their offset.
 *
 * @throws AppError `invalid_labels`
 */
export function readEaf(text: string): Foreign {
  const root = rootOf(text);
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
    children(children(root, "TIME_ORDER")[0], "TIME_SLOT").map((slot) => {
      const value = numberOf(attribute(slot, "TIME_VALUE"));
      return [attribute(slot, "TIME_SLOT_ID") ?? "", value === undefined ? undefined : value * factor];
    }),
  );
  const types = new Map(
    children(root, "LINGUISTIC_TYPE").map((type) => [attribute(type, "LINGUISTIC_TYPE_ID") ?? "", type]),
  );
  const typeOf = (tier: Element): Element | undefined =>
    types.get(attribute(tier, "LINGUISTIC_TYPE_REF") ?? "");
  const lost: string[] = [];
  const vocabularies = readVocabularies(root, lost);
  const elements = children(root, "TIER");
  const annotations = elements.map(annotationsOf);
  alignTiers(annotations, slots);

  const tiers = elements.map((tier, i): ForeignTier => {
    const name = attribute(tier, "TIER_ID") ?? "tier";
    const parent = attribute(tier, "PARENT_REF");
    const vocabulary = vocabularies.get(attribute(typeOf(tier), "CONTROLLED_VOCABULARY_REF") ?? "");
    return {
      name,
      kind: "interval",
      ...(parent !== undefined && { parent }),
      ...(vocabulary !== undefined && { vocabulary }),
      annotations: annotations[i]!.flatMap(({ time, value }): ForeignAnnotation[] =>
        time === undefined ? [] : [{ startMs: time.startMs + originMs, endMs: time.endMs + originMs, value }],
      ),
    };
  });
  lost.push(...withoutTime(tiers, annotations));
  const files = media.map((one) =>
    mediaName(attribute(one, "RELATIVE_MEDIA_URL") ?? attribute(one, "MEDIA_URL") ?? ""),
  );
  if (files.length > 1) lost.push(`Further media are kept by name alone: ${files.slice(1).join(", ")}.`);
  lost.push(...notKept(root, header, elements, annotations.flat()));
  const [annotator] = [
    ...elements.flatMap((tier) => attribute(tier, "ANNOTATOR") ?? []),
    ...(attribute(root, "AUTHOR") === "unspecified" ? [] : [attribute(root, "AUTHOR") ?? ""]),
  ].filter((name) => name !== "");
  return {
    tiers: attached(tiers),
    ...(files[0] !== undefined && files[0] !== "" && { clip: files[0] }),
    ...(annotator !== undefined && { annotator }),
    kept: {
      eaf: {
        ...(originMs !== 0 && { timeOriginMs: originMs }),
        ...(files.length > 1 && { media: files }),
        tiers: Object.fromEntries(
          elements.map((tier) => [
            attribute(tier, "TIER_ID") ?? "",
            { ...attributes(tier, keptOfTier), ...attributes(typeOf(tier), ["CONSTRAINTS"]) },
          ]),
        ),
      },
    },
    lost,
  };
}

/** Annotations whose slots have no time, or that refer to one that is not there: by tier, with what they say. */
function withoutTime(
  tiers: readonly ForeignTier[],
  annotations: readonly (readonly EafAnnotation[])[],
): string[] {
  const maxNamed = 10;
  return tiers.flatMap(({ name }, i) => {
    const some = annotations[i]!.filter(({ time }) => time === undefined);
    if (some.length === 0) return [];
    const named = some.slice(0, maxNamed).map(({ id, value }) => `${id} "${value.slice(0, 40)}"`);
    const more = some.length > maxNamed ? ", …" : "";
    return [
      `${name}: ${counted(some.length, "annotation")} without a time, left out (${named.join(", ")}${more}).`,
    ];
  });
}

/** What of a document is in no labels file, in sentences. */
function notKept(
  root: Element,
  header: Element,
  tiers: readonly Element[],
  annotations: readonly EafAnnotation[],
): string[] {
  const lost: string[] = [];
  const whole = ["LICENSE", "LANGUAGE", "LEXICON_REF", "REF_LINK_SET"] as const;
  for (const name of whole)
    // EDIN itself writes a language that says nothing.
    if (
      children(root, name).some((one) => Object.keys(one).length > 0 && attribute(one, "LANG_ID") !== "und")
    )
      lost.push(`Elements ${name} are not kept.`);
  const linked = children(header, "LINKED_FILE_DESCRIPTOR").map((one) =>
    mediaName(attribute(one, "RELATIVE_LINK_URL") ?? attribute(one, "LINK_URL") ?? ""),
  );
  if (linked.length > 0) lost.push(`Linked files are not kept: ${linked.join(", ")}.`);
  // These two count and name the document itself.
  const own = ["URN", "lastUsedAnnotationId"];
  const properties = children(header, "PROPERTY").flatMap((one) => attribute(one, "NAME") ?? []);
  const others = properties.filter((name) => !own.includes(name));
  if (others.length > 0) lost.push(`Properties are not kept: ${others.join(", ")}.`);
  const spoken = tiers.flatMap((tier) => Object.values(attributes(tier, ["LANG_REF", "DEFAULT_LOCALE"])));
  if (spoken.length > 0) lost.push(`Languages of tiers are not kept: ${[...new Set(spoken)].join(", ")}.`);
  const referring = [...tiers, ...children(root, "LINGUISTIC_TYPE")].filter(
    (one) => attribute(one, "EXT_REF") !== undefined,
  );
  if (referring.length > 0)
    lost.push(
      `References of ${counted(referring.length, "tier or type", "tiers or types")} to data categories are not kept.`,
    );
  const marked = annotations.filter(
    ({ element }) => Object.keys(attributes(element, ["EXT_REF", "LANG_REF", "SVG_REF"])).length > 0,
  );
  if (marked.length > 0)
    lost.push(
      `References of ${counted(marked.length, "annotation")} to languages, drawings or data categories are not kept.`,
    );
  const ids = annotations.map(({ id }) => id);
  const twice = ids.length - new Set(ids).size;
  if (twice > 0)
    lost.push(
      `${counted(twice, "annotation")} with the id of another one: what refers to it goes with the first.`,
    );
  return lost;
}

type Vocabulary = NonNullable<ForeignTier["vocabulary"]>;

/** The first language of each entry; other languages and vocabularies in other files are told. */
function readVocabularies(root: Element, lost: string[]): Map<string, Vocabulary> {
  const references = new Map(
    children(root, "EXTERNAL_REF").map((one) => [attribute(one, "EXT_REF_ID") ?? "", one]),
  );
  return new Map(
    children(root, "CONTROLLED_VOCABULARY").map((vocabulary) => {
      const id = attribute(vocabulary, "CV_ID") ?? "";
      const external = attribute(vocabulary, "EXT_REF");
      if (external !== undefined) {
        lost.push(
          `The vocabulary ${id} lies in another file (${attribute(references.get(external), "VALUE") ?? external}), which is not read; labels are those that occur.`,
        );
      }
      const entries = children(vocabulary, "CV_ENTRY_ML");
      if (entries.some((entry) => children(entry, "CVE_VALUE").length > 1))
        lost.push(`Of the vocabulary ${id} the first language is taken.`);
      const values = [
        ...children(vocabulary, "CV_ENTRY"),
        ...entries.map((entry) => children(entry, "CVE_VALUE")[0]),
      ];
      return [
        id,
        values.flatMap((value) => {
          const note = attribute(value, "DESCRIPTION");
          return textOf(value).trim() === "" ? [] : [{ id: textOf(value), ...(note && { note }) }];
        }),
      ];
    }),
  );
}

const attachedFields = ["intensity", "note"] as const;
const span = ({ startMs, endMs }: ForeignAnnotation) => `${startMs} ${endMs ?? ""}`;

/** Tiers that EDIN wrote for fields of annotations go back to them. */
function attached(tiers: readonly ForeignTier[]): ForeignTier[] {
  const byName = new Map(tiers.toReversed().map((tier) => [tier.name, tier]));
  const fields = attachedFields.flatMap((field) =>
    tiers.flatMap((tier) => {
      const above = tier.parent === undefined ? undefined : byName.get(tier.parent);
      const parent = tier.name === `${above?.name ?? ""}@${field}` ? above : undefined;
      const spans = new Set(parent?.annotations.map(span));
      const whole = parent !== undefined && tier.annotations.every((one) => spans.has(span(one)));
      return whole ? [{ field, tier, parent }] : [];
    }),
  );
  const gone = new Set(fields.map(({ tier }) => tier));
  const byParent = grouped(fields, ({ parent }) => parent.name);
  return tiers
    .filter((tier) => !gone.has(tier))
    .map((tier) => {
      const own = (byParent.get(tier.name) ?? [])
        .filter(({ parent }) => parent === tier)
        .map((one) => ({ ...one, values: new Map(one.tier.annotations.map((a) => [span(a), a.value])) }));
      if (own.length === 0) return tier;
      return {
        ...tier,
        annotations: tier.annotations.map((annotation) => {
          const more: Partial<Annotation> = Object.fromEntries(
            own.flatMap(({ field, values }) => {
              const value = values.get(span(annotation));
              return value === undefined ? [] : [[field, value]];
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
