import { mediaType } from "../../shared/mediaTypes.ts";
import { escapeXml } from "../../shared/text/escapeXml.ts";

/** How a tier hangs on its parent, in ELAN's words. */
export type EafConstraint = "Included_In" | "Symbolic_Subdivision" | "Symbolic_Association";

/** An annotation with times of its own, in ms, or one that refers to another and has none. */
export type EafEntry =
  | { readonly value: string; readonly startMs: number; readonly endMs: number }
  | { readonly value: string; readonly of: EafEntry; readonly previous?: EafEntry };

export interface EafTier {
  readonly name: string;
  readonly annotator?: string | undefined;
  readonly participant?: string | undefined;
  /** Name of its linguistic type; tiers that are alike share one. */
  readonly type: string;
  readonly parent?: { readonly name: string; readonly constraint: EafConstraint };
  readonly vocabulary?: EafVocabulary;
  readonly entries: readonly EafEntry[];
}

export interface EafVocabulary {
  readonly name: string;
  readonly values: readonly { readonly id: string; readonly note?: string }[];
}

/** An ELAN document as EDIN writes it. */
export interface EafDocument {
  /** Name of the clip, which is expected beside the document. */
  readonly clip: string;
  /** ISO 8601. */
  readonly date: string;
  /** What ELAN adds to the times of the document. */
  readonly originMs?: number;
  readonly properties?: Readonly<Record<string, string>>;
  readonly tiers: readonly EafTier[];
}

/**
 * The text of an ELAN document (EAF 3.0, Max Planck Institute for Psycholinguistics). Times are whole milliseconds; an
 * annotation without length, which ELAN refuses, lasts one.
 */
export function formatEaf({ clip, date, originMs = 0, properties = {}, tiers }: EafDocument): string {
  const slots = new Slots(originMs);
  const types = new Types();
  const ids = new Map<EafEntry, string>();
  for (const { entries } of tiers) for (const one of entries) ids.set(one, `a${ids.size + 1}`);
  const annotation = (one: EafEntry): string => {
    const value = `<ANNOTATION_VALUE>${escapeXml(one.value)}</ANNOTATION_VALUE>`;
    if ("of" in one) {
      const before = one.previous && { PREVIOUS_ANNOTATION: ids.get(one.previous)! };
      const refers = { ANNOTATION_ID: ids.get(one)!, ANNOTATION_REF: ids.get(one.of)!, ...before };
      return `<REF_ANNOTATION${attributes(refers)}>${value}</REF_ANNOTATION>`;
    }
    const startMs = Math.round(one.startMs);
    const times = {
      TIME_SLOT_REF1: slots.at(startMs),
      TIME_SLOT_REF2: slots.at(Math.max(startMs + 1, Math.round(one.endMs))),
    };
    return `<ALIGNABLE_ANNOTATION${attributes({ ANNOTATION_ID: ids.get(one)!, ...times })}>${value}</ALIGNABLE_ANNOTATION>`;
  };
  const xml = tiers.map((tier) => {
    const { name, annotator, participant, parent, entries } = tier;
    const named = attributes({
      ...{ TIER_ID: name, PARTICIPANT: participant, ANNOTATOR: annotator, PARENT_REF: parent?.name },
      LINGUISTIC_TYPE_REF: types.of(tier),
    });
    const rows = entries.map((one) => `    <ANNOTATION>${annotation(one)}</ANNOTATION>\n`);
    return `  <TIER${named}>\n${rows.join("")}  </TIER>\n`;
  });
  const url = `./${encodeURIComponent(clip)}`;
  const media = attributes({
    ...{ MEDIA_URL: url, MIME_TYPE: mimeType(clip), RELATIVE_MEDIA_URL: url },
    TIME_ORIGIN: originMs === 0 ? undefined : String(originMs),
  });
  const told = Object.entries(properties).map(
    ([name, value]) => `    <PROPERTY${attributes({ NAME: name })}>${escapeXml(value)}</PROPERTY>\n`,
  );
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ANNOTATION_DOCUMENT AUTHOR="EDIN" DATE="${escapeXml(date)}" FORMAT="3.0" VERSION="3.0" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n` +
    `  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n    <MEDIA_DESCRIPTOR${media}/>\n${told.join("")}  </HEADER>\n` +
    `${slots.element}${xml.join("")}${types.elements}</ANNOTATION_DOCUMENT>\n`
  );
}

function attributes(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) => (value === undefined ? [] : ` ${name}="${escapeXml(value)}"`))
    .join("");
}

/** Time slots, which stand in order of time; every end of an annotation has one of its own. */
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

const constraints: Readonly<Record<EafConstraint, string>> = {
  Included_In: "Time alignable annotations within the parent annotation's time interval, gaps are allowed",
  Symbolic_Subdivision:
    "Symbolic subdivision of a parent annotation. Annotations refering to the same parent are ordered",
  Symbolic_Association: "1-1 association with a parent annotation",
};

/** Linguistic types and the vocabularies that they name; tiers that are alike share them. */
class Types {
  /** Names of types by what they say. */
  readonly #types = new Map<string, string>();
  /** Names of vocabularies by their values, as JSON. */
  readonly #vocabularies = new Map<string, string>();
  readonly #constraints = new Set<EafConstraint>();

  of({ type, parent, vocabulary }: EafTier): string {
    const constraint = parent?.constraint;
    if (constraint !== undefined) this.#constraints.add(constraint);
    const says = attributes({
      TIME_ALIGNABLE: String(constraint === undefined || constraint === "Included_In"),
      GRAPHIC_REFERENCES: "false",
      CONSTRAINTS: constraint,
      CONTROLLED_VOCABULARY_REF:
        vocabulary && unique(this.#vocabularies, JSON.stringify(vocabulary.values), vocabulary.name),
    });
    return unique(this.#types, says, type);
  }

  get elements(): string {
    const types = [...this.#types].map(
      ([says, name]) => `  <LINGUISTIC_TYPE${attributes({ LINGUISTIC_TYPE_ID: name })}${says}/>\n`,
    );
    const language =
      this.#vocabularies.size === 0
        ? []
        : [
            `  <LANGUAGE LANG_ID="und" LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001" LANG_LABEL="undetermined (und)"/>\n`,
          ];
    const kinds = [...this.#constraints].map(
      (kind) => `  <CONSTRAINT${attributes({ STEREOTYPE: kind, DESCRIPTION: constraints[kind] })}/>\n`,
    );
    const vocabularies = [...this.#vocabularies].map(([says, name], v) => {
      const entries = (JSON.parse(says) as EafVocabulary["values"]).map(
        ({ id, note = "" }, i) =>
          `    <CV_ENTRY_ML CVE_ID="cve_${v + 1}_${i + 1}"><CVE_VALUE${attributes({ DESCRIPTION: note, LANG_REF: "und" })}>${escapeXml(id)}</CVE_VALUE></CV_ENTRY_ML>\n`,
      );
      return `  <CONTROLLED_VOCABULARY${attributes({ CV_ID: name })}>\n    <DESCRIPTION LANG_REF="und"/>\n${entries.join("")}  </CONTROLLED_VOCABULARY>\n`;
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
function mimeType(clip: string): string {
  const type = mediaType(clip);
  if (type === "application/octet-stream") return "unknown";
  return type === "audio/wav" ? "audio/x-wav" : type;
}
