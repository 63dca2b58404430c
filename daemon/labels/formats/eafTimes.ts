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
  const waiting = tiers.flatMap((tier) => [...byReference(tier)]);
  // A round for each level of the hierarchy.
  for (let left = waiting; left.length > 0;) {
    const next = left.filter(([ref, members]) => !shareTime(byId.get(ref), members));
    if (next.length === left.length) return;
    left = next;
  }
}

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

function byReference(tier: readonly EafAnnotation[]): Map<string, EafAnnotation[]> {
  const groups = new Map<string, EafAnnotation[]>();
  for (const one of tier) {
    if (one.ref === undefined) continue;
    const group = groups.get(one.ref);
    if (group === undefined) groups.set(one.ref, [one]);
    else group.push(one);
  }
  return groups;
}

/** References share the time of what they refer to evenly, in the order of their chain. @returns whether that has a time */
function shareTime(parent: EafAnnotation | undefined, members: readonly EafAnnotation[]): boolean {
  if (parent?.time === undefined) return false;
  const { startMs, endMs } = parent.time;
  const part = (endMs - startMs) / members.length;
  inChain(members).forEach((one, i) => {
    one.time = { startMs: startMs + i * part, endMs: startMs + (i + 1) * part };
  });
  return true;
}

function inChain(members: readonly EafAnnotation[]): EafAnnotation[] {
  const after = new Map(members.map((one) => [one.previous, one]));
  const ordered = new Set<EafAnnotation>();
  for (let next = after.get(undefined); next !== undefined && !ordered.has(next); next = after.get(next.id))
    ordered.add(next);
  return [...ordered, ...members.filter((one) => !ordered.has(one))];
}
