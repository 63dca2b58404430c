import { AppError } from "../../../shared/errors.ts";
import { byStart, type LabelsDocument } from "../../../shared/labels/document.ts";
import { grouped, roundMs } from "../../../shared/labels/edits.ts";
import { newLabels } from "../../../shared/labels/newFile.ts";
import { readScheme } from "../../../shared/labels/scheme.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import type { Scheme, SchemeLabel, Tier } from "../../../shared/protocol/scheme.ts";
import { counted } from "../../../shared/text/counted.ts";

/** Labels as another program writes them. */
export interface ForeignTier {
  /** As the other program calls it. */
  readonly name: string;
  readonly kind: "interval" | "point";
  /** Name of the tier whose annotations these lie in. */
  readonly parent?: string;
  /** Values that the other program allows, with what tells one from others. */
  readonly vocabulary?: readonly { readonly id: string; readonly note?: string }[];
  readonly annotations: readonly ForeignAnnotation[];
}

export interface ForeignAnnotation {
  readonly startMs: number;
  readonly endMs?: number;
  readonly value: string;
  readonly more?: Partial<Annotation>;
}

export interface Foreign {
  readonly tiers: readonly ForeignTier[];
  /** Name of the clip. */
  readonly clip?: string;
  readonly durationMs?: number;
  readonly annotator?: string;
  /** Kept in the heading for the way back. */
  readonly kept?: Readonly<Record<string, unknown>>;
  /** What could not be taken over, in sentences. */
  readonly lost: readonly string[];
}

/** What was read, and what of the other file is not in it. */
export interface Converted {
  readonly document: LabelsDocument;
  readonly lost: readonly string[];
}

export interface Written {
  readonly text: string;
  readonly lost: readonly string[];
}

/** A label of text tiers: what was said is the note. */
export const textLabel = "text";
const maxLabels = 120;
const maxLabelLength = 60;
const maxNoteLength = 5000;

/** @param fallback names for what the other file does not say */
export function toLabels(
  foreign: Foreign,
  fallback: { readonly clip: string; readonly annotator: string; readonly title: string },
): Converted {
  const ids = tierIds(foreign.tiers);
  const tiers = foreign.tiers.map((tier): Tier => {
    const parent = tier.parent === undefined ? undefined : ids.get(tier.parent);
    const id = ids.get(tier.name)!;
    return {
      id,
      ...(tier.name !== id && { title: tier.name.slice(0, 80).trim() || id }),
      kind: tier.kind,
      exclusive: tier.kind === "interval" ? !overlapping(tier.annotations) : undefined,
      ...(parent !== undefined && { parent }),
      labels: labelsOf(tier),
    };
  });
  const losses = new Losses();
  const written: Scheme = {
    title: fallback.title.slice(0, 200) || "Imported",
    tiers: tiers.length > 0 ? tiers : [{ id: "labels", kind: "interval", labels: [{ id: "label" }] }],
  };
  // Without fields that are undefined, as a file holds it.
  const read = readScheme(JSON.parse(JSON.stringify(written)));
  if (!("scheme" in read))
    throw new AppError(
      "invalid_labels",
      `The tiers cannot be taken over: ${read.issues[0]?.message ?? "?"}. Check their names.`,
    );
  let n = 0;
  const annotations = foreign.tiers.flatMap((tier) => {
    const free = isText(tier);
    return tier.annotations.flatMap((one): Annotation[] => {
      const { startMs, endMs, value, more } = one;
      if (!Number.isFinite(startMs) || !Number.isFinite(endMs ?? 0)) {
        losses.add(tier.name, "without a time that can be read");
        return [];
      }
      const blank = value.trim() === "";
      if (value !== value.trim() && (blank || !free))
        losses.add(
          tier.name,
          blank
            ? "of spaces alone: kept as empty"
            : "with spaces around the value: the value is kept without them",
        );
      const said = free && !blank;
      const annotation = {
        id: `i${String(++n).padStart(4, "0")}`,
        tier: ids.get(tier.name)!,
        startMs: roundMs(startMs),
        ...(endMs !== undefined && tier.kind === "interval" && { endMs: roundMs(endMs) }),
        label: said ? textLabel : clean(value),
        ...(said && { note: value }),
        ...more,
      };
      return [fitting(annotation, (what) => losses.add(tier.name, what))];
    });
  });
  const base = newLabels({
    clip: foreign.clip ?? fallback.clip,
    annotator: (foreign.annotator ?? "").slice(0, 100) || fallback.annotator,
    scheme: read.scheme,
    read: read.scheme,
    media: { durationMs: foreign.durationMs ?? 0 },
  });
  const head = foreign.kept === undefined ? base.head : { ...base.head, ...foreign.kept };
  return {
    document: { ...base, head, annotations: annotations.sort(byStart) },
    lost: [...foreign.lost, ...losses.sentences],
  };
}

/** Annotations that lose something, counted by tier and by what it is. */
class Losses {
  readonly #counts = new Map<string, number>();

  add(tier: string, what: string): void {
    const key = `${tier}\n${what}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  get sentences(): string[] {
    return [...this.#counts].map(([key, count]) => {
      const [tier, what] = key.split("\n");
      return `${tier}: ${count} ${count === 1 ? "annotation" : "annotations"} ${what}.`;
    });
  }
}

/** The annotation as a labels file takes it: what is too long for a field is cut or left out, and told. */
function fitting(annotation: Annotation, lose: (what: string) => void): Annotation {
  const { note, intensity, ...rest } = annotation;
  if (note !== undefined && note.length > maxNoteLength)
    lose(`with a text of more than ${maxNoteLength} characters: it is cut`);
  const degree = intensity === undefined || intensity.length <= 20 ? intensity : undefined;
  if (degree !== intensity) lose("with an intensity of more than 20 characters: it is left out");
  return {
    ...rest,
    ...(note !== undefined && { note: note.slice(0, maxNoteLength) }),
    ...(degree !== undefined && { intensity: degree }),
  };
}

/** An empty value is a label too: that somebody marked the time is not lost. */
export const emptyLabel = "(empty)";
const clean = (value: string): string => value.trim() || emptyLabel;

function labelsOf(tier: ForeignTier): SchemeLabel[] {
  if (isText(tier)) {
    const someEmpty = tier.annotations.some(({ value }) => clean(value) === emptyLabel);
    return [{ id: textLabel }, ...(someEmpty ? [{ id: emptyLabel }] : [])];
  }
  const labels = new Map<string, SchemeLabel>();
  for (const { id, note } of tier.vocabulary ?? [])
    labels.set(clean(id), { id: clean(id), ...(note && { note: note.slice(0, 500) }) });
  for (const { value } of tier.annotations) {
    const id = clean(value);
    if (!labels.has(id)) labels.set(id, { id });
  }
  return labels.size === 0 ? [{ id: "label" }] : [...labels.values()];
}

/** A tier of transcripts and the like: too many or too long values to be labels. */
function isText({ vocabulary = [], annotations }: ForeignTier): boolean {
  const values = new Set([...vocabulary.map(({ id }) => id), ...annotations.map(({ value }) => value)]);
  return (
    values.size > maxLabels ||
    [...values].some((value) => value.length > maxLabelLength || value.includes("\n"))
  );
}

function overlapping(annotations: readonly ForeignAnnotation[]): boolean {
  const sorted = [...annotations].sort((a, b) => a.startMs - b.startMs);
  return sorted.some((one, i) => i > 0 && one.startMs < (sorted[i - 1]!.endMs ?? 0) - 0.5);
}

function tierIds(tiers: readonly ForeignTier[]): Map<string, string> {
  const ids = new Map<string, string>();
  const once = uniqueNames((name, n) => `${name}-${n}`);
  for (const { name } of tiers) {
    const plain =
      name
        .normalize("NFKD")
        .toLowerCase()
        .replace(/[^a-z0-9_-]+/g, "-")
        .replace(/^-|-$/g, "")
        .slice(0, 34) || "tier";
    ids.set(name, once(plain));
  }
  return ids;
}

/** Gives each name once: the second of a name gets a number, in time that grows with the number of names. */
export function uniqueNames(numbered: (name: string, n: number) => string): (name: string) => string {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return (name) => {
    let n = (counts.get(name) ?? 0) + 1;
    let own = n === 1 ? name : numbered(name, n);
    while (taken.has(own)) own = numbered(name, ++n);
    counts.set(name, n);
    taken.add(own);
    return own;
  };
}

/** A lane of a document under the name that other programs show. */
export interface OutTier {
  readonly name: string;
  readonly tier: Tier;
  readonly face: number | undefined;
  readonly annotations: readonly Annotation[];
}

/** Tiers with what they hold, one a face, named by their titles. */
export function outTiers(document: LabelsDocument, scheme: Scheme | undefined): OutTier[] {
  const known = scheme?.tiers ?? [];
  const ids = new Set(known.map(({ id }) => id));
  const byTier = grouped(document.annotations, ({ tier }) => tier);
  const more = [...byTier].filter(([id]) => !ids.has(id));
  const tiers: Tier[] = [
    ...known,
    ...more.map(([id, [first]]): Tier => ({ id, kind: first?.endMs === undefined ? "point" : "interval" })),
  ];
  return tiers
    .filter(({ kind }) => kind !== "trace")
    .flatMap((tier) => {
      const name = tier.title ?? tier.id;
      const own = byTier.get(tier.id) ?? [];
      const byFace = new Map(
        [...grouped(own, ({ face }) => String(face ?? "")).values()].map((all) => [all[0]!.face, all]),
      );
      if (byFace.size === 0) byFace.set(undefined, []);
      return [...byFace]
        .sort(([a = 0], [b = 0]) => a - b)
        .map(([face, annotations]) => ({
          name: face === undefined ? name : `${name} face ${face}`,
          ...{ tier, face, annotations },
        }));
    });
}

/** What an annotation says, as one text: the label, or of text tiers what was said. */
export function valueOf({ label, note }: Annotation): string {
  if (label === emptyLabel) return "";
  return label === textLabel && note !== undefined ? note : label;
}

/** What a format that holds labels and times alone cannot hold, in sentences. */
export function leftOut(
  document: LabelsDocument,
  holds: readonly (keyof Annotation)[],
  { traces = false }: { readonly traces?: boolean } = {},
): string[] {
  const fields = [
    ["intensity", "intensities"],
    ["apexMs", "apexes"],
    ["note", "notes"],
    ["comments", "comments"],
    ["unsure", "marks of not being sure"],
    ["from", "what a model proposed"],
    ["decided", "who decided"],
  ] as const;
  const found: string[] = fields.flatMap(([field, words]) => {
    if (holds.includes(field)) return [];
    const n = document.annotations.filter(
      (one) =>
        one[field] !== undefined && !(field === "note" && (one.label === textLabel || one.note === "")),
    ).length;
    return n === 0 ? [] : [`${n} ${words}`];
  });
  const rated = document.traces;
  if (!traces && rated.length > 0)
    found.push(`${rated.length} traces (${rated.map(({ tier }) => tier).join(", ")})`);
  if (document.refused.length > 0) found.push(`${document.refused.length} refused proposals`);
  if (document.unreadable.length > 0)
    found.push(`${counted(document.unreadable.length, "entry", "entries")} that cannot be read`);
  return found;
}
