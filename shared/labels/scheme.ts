import type * as z from "zod";
import { holds, schemeSchema, type Scheme, type SchemeLabel, type Tier } from "../protocol/scheme.ts";
import type { LabelsDocument } from "./document.ts";

export interface ReadScheme {
  readonly scheme: Scheme;
  /** Fields that this version does not know; they are left alone. */
  readonly unknown: readonly string[];
}

/**
 * A scheme as a file or a labels file holds it. Fields that are not known are passed over.
 *
 * @returns the issues of zod where it is none
 */
export function readScheme(value: unknown): ReadScheme | { readonly issues: readonly z.core.$ZodIssue[] } {
  const first = schemeSchema.safeParse(value);
  if (first.success) return { scheme: first.data, unknown: [] };
  // It came as JSON or YAML.
  const [copy] = JSON.parse(JSON.stringify([value])) as [unknown];
  const unknown: string[] = [];
  for (const issue of first.error.issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const holder = issue.path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown>)[part], copy);
    for (const key of issue.keys) {
      unknown.push([...issue.path, key].join("."));
      Reflect.deleteProperty(holder as object, key);
    }
  }
  const second = schemeSchema.safeParse(copy);
  return second.success ? { scheme: second.data, unknown } : { issues: second.error.issues };
}

/** Whether annotations of a tier (of one face, on tiers that are one a face) must not overlap. */
export function isExclusive(tier: Tier): boolean {
  return holds(tier) === "stretches" && tier.exclusive !== false;
}

/** Tiers that only entries know, besides the known ones, in the order in which they first come. */
export function tiersOfEntries(
  { annotations, traces }: Pick<LabelsDocument, "annotations" | "traces">,
  known: Iterable<string>,
): Tier[] {
  const tiers = new Map<string, Tier>();
  const seen = new Set(known);
  for (const { tier, endMs } of annotations)
    if (!seen.has(tier) && !tiers.has(tier))
      tiers.set(tier, { id: tier, kind: endMs === undefined ? "point" : "interval" });
  for (const { tier } of traces)
    if (!seen.has(tier) && !tiers.has(tier)) tiers.set(tier, { id: tier, kind: "trace" });
  return [...tiers.values()];
}

/** The tier of a scheme with this id. */
export function tierOf(scheme: Scheme, id: string): Tier | undefined {
  return scheme.tiers.find((tier) => tier.id === id);
}

/** The label of a tier with this id. */
export function labelOf(tier: Tier, id: string): SchemeLabel | undefined {
  return tier.labels?.find((label) => label.id === id);
}

/** Colours of labels that have none in their scheme: told apart with every common kind of colour vision (Okabe and Ito 2008). */
const colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c7ae6", "#b8a800"];

/** The colour of a label as CSS; labels without one of their own get one by their place. */
export function colourOf(tier: Tier, id: string): string {
  const at = tier.labels?.findIndex((label) => label.id === id) ?? -1;
  return tier.labels?.[at]?.color ?? (at < 0 ? "#808080" : colours[at % colours.length]!);
}

/**
 * What labels depend on of their scheme, as 16 hexadecimal digits: tiers with their kinds, labels, intensities and ranges,
 * whatever their titles, notes, keys and colours. 64-bit FNV-1a over UTF-16 units.
 */
export function schemeFingerprint({ tiers }: Scheme): string {
  const parts = tiers.map((tier) => [
    tier.id,
    tier.kind,
    isExclusive(tier),
    tier.perFace === true,
    tier.parent ?? null,
    tier.labels?.map(({ id }) => id) ?? [],
    tier.intensity ?? [],
    [tier.minimum ?? null, tier.maximum ?? null, tier.rateHz ?? null],
  ]);
  let hash = 0xcbf29ce484222325n;
  const text = JSON.stringify(parts);
  for (let i = 0; i < text.length; i++)
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}
