import type { AvatarHead, Delta, Part } from "../../shared/avatar/head.ts";

/** In face squares from the middle of the face: further off nothing comes into the picture, however a head is turned. */
const reach = 2;

/** A head without what is never seen: body, arms and clothes of a whole figure. */
export function keepNear(head: AvatarHead): AvatarHead {
  return { ...head, parts: head.parts.flatMap((part) => nearOf(part, head.face) ?? []) };
}

function nearOf(part: Part, { centre, side }: AvatarHead["face"]): Part | undefined {
  const { positions, triangles, uv } = part;
  const limit = (reach * side) ** 2;
  const near = (v: number): boolean => {
    const [x, y, z] = centre.map((at, axis) => positions[3 * v + axis]! - at) as [number, number, number];
    return x * x + y * y + z * z < limit;
  };
  const seen = Uint8Array.from({ length: positions.length / 3 }, (_, v) => (near(v) ? 1 : 0));
  const kept: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t]!, triangles[t + 1]!, triangles[t + 2]!];
    if (seen[a] === 1 || seen[b] === 1 || seen[c] === 1) kept.push(a, b, c);
  }
  if (kept.length === 0) return undefined;
  if (kept.length === triangles.length) return part;
  const old = [...new Set(kept)].sort((a, b) => a - b);
  const now = new Map(old.map((v, k) => [v, k]));
  const gather = (values: Float32Array, width: number): Float32Array =>
    Float32Array.from(
      { length: width * old.length },
      (_, k) => values[width * old[Math.floor(k / width)]! + (k % width)]!,
    );
  const deltas = (all: Part["shapes"]): Part["shapes"] =>
    new Map([...all].map(([shape, delta]) => [shape, renumbered(delta, now)]));
  return {
    ...part,
    positions: gather(positions, 3),
    triangles: Uint32Array.from(kept, (v) => now.get(v)!),
    uv: uv && gather(uv, 2),
    shapes: deltas(part.shapes),
    tints: deltas(part.tints),
  };
}

function renumbered({ index, delta }: Delta, now: ReadonlyMap<number, number>): Delta {
  const kept = [...index.keys()].filter((k) => now.has(index[k]!));
  return {
    index: Uint32Array.from(kept, (k) => now.get(index[k]!)!),
    delta: Float32Array.from(kept.flatMap((k) => [delta[3 * k]!, delta[3 * k + 1]!, delta[3 * k + 2]!])),
  };
}
