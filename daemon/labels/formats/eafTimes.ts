import { grouped } from "../../../shared/labels/edits.ts";
import { attribute, children, textOf, type Element } from "./eafXml.ts";

/** An annotation of an ELAN document; its time is there once {@link alignTiers} found it. */
export interface EafAnnotation {
  readonly element: Element;
  readonly id: string;
  readonly value: string;
  /** Slots of an alignable annotation. */
  readonly from?: string;
  readonly to?: string;
  /** Of a reference: what it refers to, and what stands before it there. */
  readonly ref?: string;
  readonly previous?: string;
  time?: { readonly startMs: number; readonly endMs: number };
}

/** The annotations of a tier, in the order of the document. */
export function annotationsOf(tier: Element): EafAnnotation[] {
  return children(tier, "ANNOTATION").flatMap((annotation): EafAnnotation[] => {
    const element =
      children(annotation, "ALIGNABLE_ANNOTATION")[0] ?? children(annotation, "REF_ANNOTATION")[0];
    if (element === undefined) return [];
    const optional = (key: string, name: string) => {
      const value = attribute(element, name);
      return value === undefined ? {} : { [key]: value };
    };
    return [
      {
        element,
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

/** Gives times to all annotations that can have one: first to alignable ones, then from parents to children. */
export function alignTiers(
  tiers: readonly (readonly EafAnnotation[])[],
  slots: ReadonlyMap<string, number | undefined>,
): void {
  for (const tier of tiers) alignTier(tier, slots);
  const byId = new Map<string, EafAnnotation>();
  for (const one of tiers.flat()) if (!byId.has(one.id)) byId.set(one.id, one);
  const waiting = new Map<string, EafAnnotation[][]>();
  for (const [ref, members] of tiers.flatMap((tier) => [...grouped(tier.filter(refers), ({ ref }) => ref)]))
    waiting.set(ref, [...(waiting.get(ref) ?? []), members]);
  // From the aligned ones down the hierarchy, each reference once.
  const next = [...byId.values()].filter(({ time }) => time !== undefined);
  for (const parent of next) {
    for (const members of waiting.get(parent.id) ?? []) {
      shareTime(parent.time!, members);
      for (const one of members) if (byId.get(one.id) === one) next.push(one);
    }
    waiting.delete(parent.id);
  }
}

const refers = (one: EafAnnotation): one is EafAnnotation & { readonly ref: string } => one.ref !== undefined;

/** Slots without a time lie evenly between the nearest ones of their chain that have one. */
function alignTier(tier: readonly EafAnnotation[], slots: ReadonlyMap<string, number | undefined>): void {
  const aligned = tier.filter(({ from, to }) => from !== undefined && to !== undefined);
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
  for (const one of aligned) {
    const [startMs, endMs] = [filled.get(one.from!), filled.get(one.to!)];
    if (startMs !== undefined && endMs !== undefined) one.time = { startMs, endMs };
  }
}

/** References share the time of what they refer to evenly, in the order of their chain. */
function shareTime(
  { startMs, endMs }: NonNullable<EafAnnotation["time"]>,
  members: readonly EafAnnotation[],
): void {
  const part = (endMs - startMs) / members.length;
  inChain(members).forEach((one, i) => {
    one.time = { startMs: startMs + i * part, endMs: startMs + (i + 1) * part };
  });
}

function inChain(members: readonly EafAnnotation[]): EafAnnotation[] {
  const after = new Map(members.map((one) => [one.previous, one]));
  const ordered = new Set<EafAnnotation>();
  for (let next = after.get(undefined); next !== undefined && !ordered.has(next); next = after.get(next.id))
    ordered.add(next);
  return [...ordered, ...members.filter((one) => !ordered.has(one))];
}
