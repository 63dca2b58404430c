import { setImmediate } from "node:timers/promises";
import type { ClipFace, StudyFace } from "../../../shared/protocol/studyFaces.ts";
import { faceKey } from "../../store/studyFaces.ts";

export interface FacePair {
  readonly a: ClipFace;
  readonly b: ClipFace;
  readonly likeness: number;
}

/** Of one face no more partners are kept: who has so many is found by the likest. */
const mostPartners = 20;

export interface EmbeddedFace extends ClipFace {
  /** Of unit length. */
  readonly embedding: Float32Array;
}

/** Pairs of faces of different clips that are at least so alike, the likest first; in each the lesser analysis comes first. */
export async function alikePairs(
  faces: readonly EmbeddedFace[],
  likenessFrom: number,
  signal?: AbortSignal,
): Promise<FacePair[]> {
  const ordered = faces.toSorted((a, b) => (faceKey(a) < faceKey(b) ? -1 : 1));
  const pairs: FacePair[] = [];
  for (const [i, a] of ordered.entries()) {
    // Thousands of faces are millions of pairs: others get their turn.
    await setImmediate(undefined, { signal });
    for (const b of ordered.slice(i + 1)) {
      if (a.analysis === b.analysis) continue;
      const likeness = cosine(a.embedding, b.embedding);
      if (likeness >= likenessFrom) pairs.push({ a: faceOf(a), b: faceOf(b), likeness });
    }
  }
  const partners = new Map<string, number>();
  return pairs
    .sort((one, other) => other.likeness - one.likeness)
    .filter(({ a, b }) => {
      const [first, second] = [faceKey(a), faceKey(b)];
      const counts = [partners.get(first) ?? 0, partners.get(second) ?? 0] as const;
      if (Math.min(...counts) >= mostPartners) return false;
      partners.set(first, counts[0] + 1).set(second, counts[1] + 1);
      return true;
    });
}

const faceOf = ({ analysis, track }: ClipFace): ClipFace => ({ analysis, track });

function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/**
 * Which pairs to ask about: as few as join all faces that are alike. A pair is left out where both are known to be the same person
 * already, where the likest pairs before it join them, or where somebody said that they, or others of the two groups, differ.
 * @param pairs the likest first
 * @param known by {@link faceKey}
 */
export function askAbout(
  pairs: readonly FacePair[],
  known: ReadonlyMap<string, StudyFace>,
  decided: readonly (Omit<FacePair, "likeness"> & { readonly verdict: "same" | "different" })[],
): FacePair[] {
  const groups = new Groups();
  for (const face of known.values()) {
    const who = whoOf(face);
    if (who !== undefined) groups.join(faceKey(face), who);
  }
  for (const { a, b, verdict } of decided) if (verdict === "same") groups.join(faceKey(a), faceKey(b));
  const apart = decided
    .filter(({ verdict }) => verdict === "different")
    .map(({ a, b }) => [faceKey(a), faceKey(b)] as const);
  return pairs.filter(({ a, b }) => {
    if (!known.has(faceKey(a)) || !known.has(faceKey(b))) return false;
    const [one, other] = [groups.of(faceKey(a)), groups.of(faceKey(b))];
    if (one === other) return false;
    const differ = apart.some((pair) => {
      const [first, second] = pair.map((key) => groups.of(key));
      return (first === one && second === other) || (first === other && second === one);
    });
    if (differ) return false;
    groups.join(one, other);
    return true;
  });
}

/** The person that a face is known as, over clips. */
const whoOf = ({ participant, name }: StudyFace): string | undefined =>
  participant !== undefined ? `participant ${participant}` : name === undefined ? undefined : `name ${name}`;

/** Sets of what belongs together. */
class Groups {
  readonly #above = new Map<string, string>();

  of(key: string): string {
    let root = key;
    for (let above = this.#above.get(root); above !== undefined; above = this.#above.get(root)) root = above;
    return root;
  }

  join(a: string, b: string): void {
    const [one, other] = [this.of(a), this.of(b)];
    if (one !== other) this.#above.set(one, other);
  }
}
