import { mediaType } from "../../../shared/mediaTypes.ts";
import { escapeXml } from "../../../shared/text/escapeXml.ts";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import type { Scheme, SchemeLabel } from "../../../shared/protocol/scheme.ts";
import { bondsOf, isReference, type Bond } from "./eafBonds.ts";
import { leftOut, outTiers, textLabel, valueOf, type OutTier, type Written } from "./foreign.ts";

interface Kept {
  readonly timeOriginMs?: number;
  readonly tiers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const constraints = {
  Included_In: "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
  Symbolic_Subdivision:
    "Symbolic subdivision of a parent annotation. Annotations refering to the same parent are ordered",
  Symbolic_Association: "1-1 association with a parent annotation",
} as const;

/**
 * An ELAN document (EAF 3.0). Labels become controlled vocabularies, intensities and notes tiers of their own that refer to
 * the annotations. ELAN has no moments: one is a millisecond long.
 */
export function writeEaf(document: LabelsDocument, scheme: Scheme | undefined): Written {
  const { media, annotator } = document.head;
  const kept = (document.head["eaf"] ?? {}) as Kept;
  const originMs = kept.timeOriginMs ?? 0;
  const tiers = outTiers(document, scheme);
  const { bonds, lost } = bondsOf(tiers, (name) => kept.tiers?.[name]?.["CONSTRAINTS"]);
  const slots = new Slots(originMs);
  const types = new Types();
  const ids = new Map<Annotation, string>();
  for (const { annotations } of tiers) for (const one of annotations) ids.set(one, `a${ids.size + 1}`);
  let more = ids.size;

  const tierElement = (own: OutTier): string => {
    const bond = bonds.get(own);
    const known = kept.tiers?.[own.name] ?? {};
    const lines = own.annotations.map((one) => {
      const value = `<ANNOTATION_VALUE>${escapeXml(valueOf(one))}</ANNOTATION_VALUE>`;
      const reference = bond?.references.get(one);
      if (reference !== undefined) {
        const { of, previous } = reference;
        const before = previous === undefined ? "" : ` PREVIOUS_ANNOTATION="${ids.get(previous)!}"`;
        return `<REF_ANNOTATION ANNOTATION_ID="${ids.get(one)!}" ANNOTATION_REF="${ids.get(of)!}"${before}>${value}</REF_ANNOTATION>`;
      }
      const startMs = Math.round(one.startMs);
      const endMs = Math.max(startMs + 1, Math.round(one.endMs ?? one.startMs));
      return `<ALIGNABLE_ANNOTATION ANNOTATION_ID="${ids.get(one)!}" TIME_SLOT_REF1="${slots.at(startMs)}" TIME_SLOT_REF2="${slots.at(endMs)}">${value}</ALIGNABLE_ANNOTATION>`;
    });
    const attributes = {
      ANNOTATOR: annotator,
      ...(known["ANNOTATOR"] !== undefined && { ANNOTATOR: known["ANNOTATOR"] }),
      ...(known["PARTICIPANT"] !== undefined && { PARTICIPANT: known["PARTICIPANT"] }),
      ...(bond !== undefined && { PARENT_REF: bond.parent.name }),
      LINGUISTIC_TYPE_REF: types.of(own, bond, known["LINGUISTIC_TYPE_REF"]),
    };
    return element(own.name, attributes, lines);
  };
  const fieldElement = (
    own: OutTier,
    field: "intensity" | "note",
    valueIn: (one: Annotation) => string | undefined,
  ): string[] => {
    const lines = own.annotations.flatMap((one) => {
      const value = valueIn(one);
      if (value === undefined || value === "") return [];
      return `<REF_ANNOTATION ANNOTATION_ID="a${++more}" ANNOTATION_REF="${ids.get(one)!}"><ANNOTATION_VALUE>${escapeXml(value)}</ANNOTATION_VALUE></REF_ANNOTATION>`;
    });
    if (lines.length === 0) return [];
    const type = types.ofFields();
    return [element(`${own.name}@${field}`, { PARENT_REF: own.name, LINGUISTIC_TYPE_REF: type }, lines)];
  };
  const xml = tiers.flatMap((own) => [
    tierElement(own),
    ...fieldElement(own, "intensity", ({ intensity }) => intensity),
    ...fieldElement(own, "note", ({ note, label }) => (label === textLabel ? undefined : note)),
  ]);

  const url = escapeXml(`./${encodeURIComponent(media.file)}`);
  const origin = originMs === 0 ? "" : ` TIME_ORIGIN="${originMs}"`;
  const text =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ANNOTATION_DOCUMENT AUTHOR="EDIN" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n` +
    `  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n` +
    `    <MEDIA_DESCRIPTOR MEDIA_URL="${url}" MIME_TYPE="${mimeType(media.file)}" RELATIVE_MEDIA_URL="${url}"${origin}/>\n` +
    `  </HEADER>\n${slots.element}${xml.join("")}${types.elements}</ANNOTATION_DOCUMENT>\n`;
  const points = document.annotations.filter(({ endMs }) => endMs === undefined).length;
  const fractions = tiers
    .filter((own) => !isReference(bonds.get(own)))
    .flatMap(({ annotations }) => annotations)
    .filter(({ startMs, endMs = 0 }) => startMs % 1 !== 0 || endMs % 1 !== 0).length;
  return {
    text,
    lost: [
      ...leftOut(document, ["intensity", "note"]),
      ...lost,
      ...(points > 0 ? [`that ${points} moments have no length: ELAN has none, they last 1 ms`] : []),
      ...(fractions > 0 ? [`fractions of a millisecond of ${fractions} annotations`] : []),
    ],
  };
}

function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  lines: readonly string[],
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  const rows = lines.map((line) => `    <ANNOTATION>${line}</ANNOTATION>\n`);
  return `  <TIER TIER_ID="${escapeXml(name)}"${written.join("")}>\n${rows.join("")}  </TIER>\n`;
}

/** Time slots, which stand in order of time. */
class Slots {
  readonly #originMs: number;
  readonly #ms: number[] = [];

  constructor(originMs: number) {
    this.#originMs = originMs;
  }

  at(ms: number): string {
    this.#ms.push(Math.max(0, Math.round(ms - this.#originMs)));
    return `ts${this.#ms.length}`;
  }

  get element(): string {
    const order = this.#ms.map((ms, i) => ({ ms, id: `ts${i + 1}` })).sort((a, b) => a.ms - b.ms);
    const rows = order.map(({ ms, id }) => `    <TIME_SLOT TIME_SLOT_ID="${id}" TIME_VALUE="${ms}"/>\n`);
    return `  <TIME_ORDER>\n${rows.join("")}  </TIME_ORDER>\n`;
  }
}

/** Linguistic types and the vocabularies that they name; tiers that are alike share them. */
class Types {
  /** Names of types by what they say. */
  readonly #types = new Map<string, string>();
  /** Names of vocabularies by their labels, as JSON. */
  readonly #vocabularies = new Map<string, string>();
  readonly #constraints = new Set<keyof typeof constraints>();

  /** @param was what the type was called in the document that was read */
  of({ tier }: OutTier, bond: Bond | undefined, was: string | undefined): string {
    const labels = (tier.labels ?? []).filter(({ id }) => id !== textLabel && id !== "(empty)");
    const says = JSON.stringify(labels.map(({ id, note }) => ({ id, note })));
    const vocabulary = labels.length === 0 ? undefined : unique(this.#vocabularies, says, tier.id);
    const plain = vocabulary === undefined ? "text" : `labels of ${tier.id}`;
    return this.#named(was ?? plain, bond?.constraint, vocabulary);
  }

  ofFields(): string {
    return this.#named("of an annotation", "Symbolic_Association", undefined);
  }

  #named(
    name: string,
    constraint: keyof typeof constraints | undefined,
    vocabulary: string | undefined,
  ): string {
    if (constraint !== undefined) this.#constraints.add(constraint);
    const says =
      ` TIME_ALIGNABLE="${String(constraint === undefined || constraint === "Included_In")}" GRAPHIC_REFERENCES="false"` +
      (constraint === undefined ? "" : ` CONSTRAINTS="${constraint}"`) +
      (vocabulary === undefined ? "" : ` CONTROLLED_VOCABULARY_REF="${escapeXml(vocabulary)}"`);
    return unique(this.#types, says, name);
  }

  get elements(): string {
    const types = [...this.#types].map(
      ([says, name]) => `  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="${escapeXml(name)}"${says}/>\n`,
    );
    const language =
      this.#vocabularies.size === 0
        ? []
        : [
            `  <LANGUAGE LANG_ID="und" LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001" LANG_LABEL="undetermined (und)"/>\n`,
          ];
    const kinds = [...this.#constraints].map(
      (kind) => `  <CONSTRAINT STEREOTYPE="${kind}" DESCRIPTION="${constraints[kind]}"/>\n`,
    );
    const vocabularies = [...this.#vocabularies].map(([says, name], v) => {
      const entries = (JSON.parse(says) as SchemeLabel[]).map(
        ({ id, note }, i) =>
          `    <CV_ENTRY_ML CVE_ID="cve_${v + 1}_${i + 1}"><CVE_VALUE DESCRIPTION="${escapeXml(note ?? "")}" LANG_REF="und">${escapeXml(id)}</CVE_VALUE></CV_ENTRY_ML>\n`,
      );
      return `  <CONTROLLED_VOCABULARY CV_ID="${escapeXml(name)}">\n    <DESCRIPTION LANG_REF="und"/>\n${entries.join("")}  </CONTROLLED_VOCABULARY>\n`;
    });
    return [...types, ...language, ...kinds, ...vocabularies].join("");
  }
}

/** The name of what is said; a new one is the name that is asked for, or that with a number. */
function unique(names: Map<string, string>, says: string, asked: string): string {
  const known = names.get(says);
  if (known !== undefined) return known;
  const taken = new Set(names.values());
  let name = asked;
  for (let n = 2; taken.has(name); n++) name = `${asked} ${n}`;
  names.set(says, name);
  return name;
}

/** As ELAN calls it. */
function mimeType(file: string): string {
  const type = mediaType(file);
  if (type === "application/octet-stream") return "unknown";
  return type === "audio/wav" ? "audio/x-wav" : type;
}
