import { grouped } from "../../../shared/labels/edits.ts";
import type { Annotation } from "../../../shared/protocol/labels.ts";
import { TimeIndex } from "../../../shared/segments/timeIndex.ts";
import type { EafConstraint } from "../../text/eaf.ts";
import type { OutTier } from "./foreign.ts";

/** How a tier hangs on its parent. */
export interface Bond {
  readonly constraint: EafConstraint;
  readonly parent: OutTier;
  /** Of references: what each refers to, and what stands before it there. */
  readonly references: ReadonlyMap<Annotation, { readonly of: Annotation; readonly previous?: Annotation }>;
}

/** Times that were spread evenly come back within this. */
const slackMs = 1;

/**
 * How tiers hang on their parents in the document that is written: as they did in the one that was read, where they still fit
 * that; else with times of their own inside the parent's; else not at all, which is told.
 *
 * @param kept the constraint that a tier had, by its name
 */
export function bondsOf(
  tiers: readonly OutTier[],
  kept: (name: string) => string | undefined,
): { readonly bonds: ReadonlyMap<OutTier, Bond>; readonly lost: readonly string[] } {
  const bonds = new Map<OutTier, Bond>();
  const lost: string[] = [];
  const settled = new Set<OutTier>();
  const byId = grouped(tiers, ({ tier }) => tier.id);
  const settle = (own: OutTier): void => {
    if (settled.has(own)) return;
    settled.add(own);
    const parent = parentOf(own, byId);
    if (parent === undefined) return;
    settle(parent);
    const was = kept(own.name);
    const bond = bondTo(own, parent, was, isReference(bonds.get(parent)));
    if (bond === undefined)
      lost.push(
        `that ${own.name} lies in ${parent.name}: some of it reaches beyond, or ELAN allows it not there`,
      );
    else {
      bonds.set(own, bond);
      if (was !== undefined && was !== bond.constraint)
        lost.push(`that ${own.name} is ${was.replaceAll("_", " ").toLowerCase()} of ${parent.name}`);
    }
  };
  for (const tier of tiers) settle(tier);
  return { bonds, lost };
}

/** Whether the annotations of a tier refer to others and have no times of their own. */
export function isReference(bond: Bond | undefined): boolean {
  return bond !== undefined && bond.constraint !== "Included_In";
}

function parentOf(own: OutTier, byId: ReadonlyMap<string, readonly OutTier[]>): OutTier | undefined {
  const some = (byId.get(own.tier.parent ?? "") ?? []).filter(({ tier }) => tier !== own.tier);
  return some.find(({ face }) => face === own.face) ?? some.find(({ face }) => face === undefined);
}

function bondTo(
  own: OutTier,
  parent: OutTier,
  was: string | undefined,
  parentRefers: boolean,
): Bond | undefined {
  const groups = groupedByHolder(own.annotations, parent.annotations);
  if (groups === undefined) return undefined;
  const even = [...groups].every(([holder, group]) => isEven(holder, group));
  if (was === "Symbolic_Subdivision" && even) return { constraint: was, parent, references: inOrder(groups) };
  if (was === "Symbolic_Association" && even && [...groups.values()].every(({ length }) => length === 1))
    return { constraint: was, parent, references: inOrder(groups) };
  return parentRefers ? undefined : { constraint: "Included_In", parent, references: new Map() };
}

const endOf = ({ startMs, endMs }: Annotation): number => endMs ?? startMs;
const writtenStart = ({ startMs }: Annotation): number => Math.round(startMs);
const writtenEnd = (one: Annotation): number => Math.max(writtenStart(one) + 1, Math.round(endOf(one)));

/** Children by the parent's annotation that they lie in; undefined where one lies in none. Parents are sorted by start. */
function groupedByHolder(
  children: readonly Annotation[],
  parents: readonly Annotation[],
): Map<Annotation, Annotation[]> | undefined {
  const holders = new TimeIndex(
    parents.map((of) => ({ of, startMs: writtenStart(of), endMs: writtenEnd(of) })),
  );
  const groups = new Map<Annotation, Annotation[]>();
  for (const child of children) {
    const holder = holders.holding(writtenStart(child), writtenEnd(child))?.of;
    if (holder === undefined) return undefined;
    const group = groups.get(holder);
    if (group === undefined) groups.set(holder, [child]);
    else group.push(child);
  }
  return groups;
}

/** Whether the children share the parent's time evenly, as ELAN spreads references. */
function isEven(parent: Annotation, children: readonly Annotation[]): boolean {
  const part = (endOf(parent) - parent.startMs) / children.length;
  return children.every(
    (one, i) =>
      Math.abs(one.startMs - (parent.startMs + i * part)) <= slackMs &&
      Math.abs(endOf(one) - (parent.startMs + (i + 1) * part)) <= slackMs,
  );
}

function inOrder(groups: ReadonlyMap<Annotation, readonly Annotation[]>): Bond["references"] {
  return new Map(
    [...groups].flatMap(([of, children]) =>
      children.map((one, i) => {
        const previous = children[i - 1];
        return [one, { of, ...(previous !== undefined && { previous }) }] as const;
      }),
    ),
  );
}
