import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { formatEaf, type EafEntry, type EafTier } from "../../text/eaf.ts";
import { bondsOf, isReference } from "./eafBonds.ts";
import { emptyLabel, leftOut, outTiers, textLabel, valueOf, type OutTier, type Written } from "./foreign.ts";
import { counted } from "../../../shared/text/counted.ts";

interface Kept {
  readonly timeOriginMs?: number;
  readonly tiers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Where nobody said when the labels were done. */
const unknownDate = "1970-01-01T00:00:00Z";

/**
 * An ELAN document. Labels become controlled vocabularies, intensities and notes tiers of their own that refer to the
 * annotations. ELAN has no moments: one is a millisecond long.
 */
export function writeEaf(document: LabelsDocument, scheme: Scheme | undefined): Written {
  const { media, annotator, done } = document.head;
  const kept = (document.head["eaf"] ?? {}) as Kept;
  const tiers = outTiers(document, scheme);
  const { bonds, lost } = bondsOf(tiers, (name) => kept.tiers?.[name]?.["CONSTRAINTS"]);
  const references = new Map([...bonds.values()].flatMap((bond) => [...bond.references]));
  const entries = new Map<Annotation, EafEntry>();
  const entryOf = (one: Annotation): EafEntry => {
    const reference = references.get(one);
    const entry: EafEntry =
      entries.get(one) ??
      (reference === undefined
        ? { value: valueOf(one), startMs: one.startMs, endMs: one.endMs ?? one.startMs }
        : {
            value: valueOf(one),
            of: entryOf(reference.of),
            ...(reference.previous !== undefined && { previous: entryOf(reference.previous) }),
          });
    entries.set(one, entry);
    return entry;
  };
  const text = formatEaf({
    ...{ clip: media.file, date: done ?? unknownDate, originMs: kept.timeOriginMs ?? 0 },
    tiers: tiers.flatMap((own): EafTier[] => {
      const bond = bonds.get(own);
      const known = kept.tiers?.[own.name] ?? {};
      const vocabulary = vocabularyOf(own);
      const type = vocabulary === undefined ? "text" : `labels of ${own.tier.id}`;
      return [
        {
          ...{
            name: own.name,
            annotator: known["ANNOTATOR"] ?? annotator,
            participant: known["PARTICIPANT"],
          },
          type: known["LINGUISTIC_TYPE_REF"] ?? type,
          ...(bond !== undefined && { parent: { name: bond.parent.name, constraint: bond.constraint } }),
          ...(vocabulary !== undefined && { vocabulary }),
          entries: own.annotations.map(entryOf),
        },
        ...fieldTier(own, "intensity", ({ intensity }) => intensity, entryOf),
        ...fieldTier(own, "note", ({ note, label }) => (label === textLabel ? undefined : note), entryOf),
      ];
    }),
  });
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
      ...(points > 0
        ? [`that moments have no length (${counted(points, "moment")} of 1 ms, since ELAN has none)`]
        : []),
      ...(fractions > 0 ? [`fractions of a millisecond of ${counted(fractions, "annotation")}`] : []),
    ],
  };
}

function vocabularyOf({ tier }: OutTier): EafTier["vocabulary"] {
  const labels = (tier.labels ?? []).filter(({ id }) => id !== textLabel && id !== emptyLabel);
  return labels.length === 0
    ? undefined
    : { name: tier.id, values: labels.map(({ id, note }) => ({ id, ...(note !== undefined && { note }) })) };
}

/** What a field of annotations says, as a tier that refers to them. */
function fieldTier(
  { name, annotations }: OutTier,
  field: "intensity" | "note",
  valueIn: (one: Annotation) => string | undefined,
  entryOf: (one: Annotation) => EafEntry,
): EafTier[] {
  const entries = annotations.flatMap((one): EafEntry[] => {
    const value = valueIn(one);
    return value === undefined || value === "" ? [] : [{ value, of: entryOf(one) }];
  });
  if (entries.length === 0) return [];
  const parent = { name, constraint: "Symbolic_Association" } as const;
  return [{ name: `${name}@${field}`, type: "of an annotation", parent, entries }];
}
