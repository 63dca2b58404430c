import { mediaType } from "../../../shared/mediaTypes.ts";
import { escapeXml } from "../../../shared/text/escapeXml.ts";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { leftOut, outTiers, textLabel, valueOf, type Written } from "./foreign.ts";

interface Kept {
  readonly timeOriginMs?: number;
  readonly tiers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * An ELAN document (EAF 3.0). Labels become controlled vocabularies, intensities and notes tiers of their own that refer to
 * the annotations. ELAN has no moments: one is a millisecond long.
 */
export function writeEaf(document: LabelsDocument, scheme: Scheme | undefined): Written {
  const { media, annotator } = document.head;
  const kept = (document.head["eaf"] ?? {}) as Kept;
  const originMs = kept.timeOriginMs ?? 0;
  const tiers = outTiers(document, scheme);
  const slots: number[] = [];
  let ids = 0;
  const slot = (ms: number): string => {
    slots.push(Math.max(0, Math.round(ms - originMs)));
    return `ts${slots.length}`;
  };
  const types = new Map<string, string>();
  const vocabularies: string[] = [];
  const xml = tiers.flatMap(({ name, tier, annotations }) => {
    const known = kept.tiers?.[name] ?? {};
    const labels = (tier.labels ?? []).filter(({ id }) => id !== textLabel && id !== "(empty)");
    const type = labels.length > 0 ? `labels of ${tier.id}` : "text";
    if (!types.has(type)) {
      types.set(type, labels.length > 0 ? ` CONTROLLED_VOCABULARY_REF="${escapeXml(tier.id)}"` : "");
      if (labels.length > 0)
        vocabularies.push(
          `  <CONTROLLED_VOCABULARY CV_ID="${escapeXml(tier.id)}">\n    <DESCRIPTION LANG_REF="und"/>\n${labels
            .map(
              ({ id, note }, i) =>
                `    <CV_ENTRY_ML CVE_ID="${escapeXml(`${tier.id}-${i + 1}`)}"><CVE_VALUE DESCRIPTION="${escapeXml(note ?? "")}" LANG_REF="und">${escapeXml(id)}</CVE_VALUE></CV_ENTRY_ML>\n`,
            )
            .join("")}  </CONTROLLED_VOCABULARY>\n`,
        );
    }
    const names = new Map<string, string>();
    const lines = annotations.map((one) => {
      const startMs = Math.round(one.startMs);
      const endMs = Math.max(startMs + 1, Math.round(one.endMs ?? one.startMs));
      const id = `a${++ids}`;
      names.set(one.id, id);
      return (
        `    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}" TIME_SLOT_REF1="${slot(startMs)}" TIME_SLOT_REF2="${slot(endMs)}">` +
        `<ANNOTATION_VALUE>${escapeXml(valueOf(one))}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n`
      );
    });
    const attributes = { ANNOTATOR: annotator, ...known, LINGUISTIC_TYPE_REF: type };
    const open = Object.entries(attributes)
      .filter(([key]) => key !== "DEFAULT_LOCALE" && key !== "LANG_REF")
      .map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
      .join("");
    const own = `  <TIER TIER_ID="${escapeXml(name)}"${open}>\n${lines.join("")}  </TIER>\n`;
    const reference = (
      field: "intensity" | "note",
      valueIn: (one: Annotation) => string | undefined,
    ): string[] => {
      const some = annotations.flatMap((one) => {
        const value = valueIn(one);
        return value === undefined || value === "" ? [] : [{ one, value }];
      });
      if (some.length === 0) return [];
      types.set("of an annotation", ` CONSTRAINTS="Symbolic_Association"`);
      const rows = some.map(
        ({ one, value }) =>
          `    <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a${++ids}" ANNOTATION_REF="${names.get(one.id) ?? ""}">` +
          `<ANNOTATION_VALUE>${escapeXml(value)}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>\n`,
      );
      return [
        `  <TIER TIER_ID="${escapeXml(`${name}@${field}`)}" PARENT_REF="${escapeXml(name)}" LINGUISTIC_TYPE_REF="of an annotation">\n${rows.join("")}  </TIER>\n`,
      ];
    };
    return [
      own,
      ...reference("intensity", ({ intensity }) => intensity),
      ...reference("note", ({ note, label }) => (label === textLabel ? undefined : note)),
    ];
  });
  // Slots stand in order of time.
  const order = slots.map((ms, i) => ({ ms, id: `ts${i + 1}` })).sort((a, b) => a.ms - b.ms);
  const url = escapeXml(`./${encodeURIComponent(media.file)}`);
  const origin = originMs === 0 ? "" : ` TIME_ORIGIN="${originMs}"`;
  const text =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ANNOTATION_DOCUMENT AUTHOR="EDIN" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n` +
    `  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n` +
    `    <MEDIA_DESCRIPTOR MEDIA_URL="${url}" MIME_TYPE="${mimeType(media.file)}" RELATIVE_MEDIA_URL="${url}"${origin}/>\n` +
    `  </HEADER>\n  <TIME_ORDER>\n` +
    order.map(({ ms, id }) => `    <TIME_SLOT TIME_SLOT_ID="${id}" TIME_VALUE="${ms}"/>\n`).join("") +
    `  </TIME_ORDER>\n${xml.join("")}` +
    [...types]
      .map(
        ([id, more]) =>
          `  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="${escapeXml(id)}" TIME_ALIGNABLE="${String(!more.includes("CONSTRAINTS"))}" GRAPHIC_REFERENCES="false"${more}/>\n`,
      )
      .join("") +
    (vocabularies.length > 0
      ? `  <LANGUAGE LANG_ID="und" LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001" LANG_LABEL="undetermined (und)"/>\n`
      : "") +
    (types.has("of an annotation")
      ? `  <CONSTRAINT STEREOTYPE="Symbolic_Association" DESCRIPTION="1-1 association with a parent annotation"/>\n`
      : "") +
    `${vocabularies.join("")}</ANNOTATION_DOCUMENT>\n`;
  const points = document.annotations.filter(({ endMs }) => endMs === undefined).length;
  const fractions = document.annotations.filter(
    ({ startMs, endMs = 0 }) => startMs % 1 !== 0 || endMs % 1 !== 0,
  ).length;
  return {
    text,
    lost: [
      ...leftOut(document, ["intensity", "note"]),
      ...(points > 0 ? [`that ${points} moments have no length: ELAN has none, they last 1 ms`] : []),
      ...(fractions > 0 ? [`fractions of a millisecond of ${fractions} annotations`] : []),
    ],
  };
}

/** As ELAN calls it. */
function mimeType(file: string): string {
  const type = mediaType(file);
  if (type === "application/octet-stream") return "unknown";
  return type === "audio/wav" ? "audio/x-wav" : type;
}
