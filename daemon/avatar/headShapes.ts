import type { Document, Mesh } from "@gltf-transform/core";
import * as z from "zod";
import {
  blendShapeOf,
  blendShapes,
  plainShapeName,
  type BlendShape,
} from "../../shared/avatar/blendShapes.ts";
import { standIns } from "./standIns.ts";

/** A share of a morph target in a shape. */
export interface ShapeShare {
  readonly shape: BlendShape;
  readonly weight: number;
}

/** Which morph targets of a file make ARKit's shapes. */
export interface FoundShapes {
  /** By mesh, and number of the target. */
  readonly shares: ReadonlyMap<Mesh, ReadonlyMap<number, readonly ShapeShare[]>>;
  /** Shapes that the file does not have and others of its own make up for. */
  readonly standIns: ReadonlySet<BlendShape>;
}

/** A morph target that moves something, and how far it does where it is bound. */
interface Bind {
  readonly mesh: Mesh;
  readonly target: number;
  readonly weight: number;
}

/**
 * Finds ARKit's shapes: first by the names of the morph targets, then by those of VRM's expressions (a head for "perfect
 * sync" may name only these), last by what other programs have in their place ({@link standIns}). A target that is there
 * and moves nothing counts as absent.
 * @param extensions of the file, not checked
 */
export function findShapes(document: Document, extensions: Readonly<Record<string, unknown>>): FoundShapes {
  const moves = moved();
  const byTarget = new Map<string, Bind[]>();
  for (const mesh of document.getRoot().listMeshes())
    targetNames(mesh).forEach((name, target) => {
      if (moves(mesh, target)) collect(byTarget, name, { mesh, target, weight: 1 });
    });
  const byExpression = expressionsOf(document, extensions, moves);
  const [ofTargets, ofExpressions] = [ownShapes(byTarget), ownShapes(byExpression)];
  const [targets, expressions] = [plainNames(byTarget), plainNames(byExpression)];
  const shares = new Map<Mesh, Map<number, ShapeShare[]>>();
  const stoodIn = new Set<BlendShape>();
  for (const shape of blendShapes) {
    const own = ofTargets.get(shape) ?? ofExpressions.get(shape);
    const binds = own ?? standInFor(shape, targets, expressions);
    if (!own && binds.length > 0) stoodIn.add(shape);
    for (const { mesh, target, weight } of summed(binds)) {
      const ofMesh = shares.get(mesh) ?? new Map<number, ShapeShare[]>();
      shares.set(mesh, ofMesh.set(target, [...(ofMesh.get(target) ?? []), { shape, weight }]));
    }
  }
  return { shares, standIns: stoodIn };
}

type Named = ReadonlyMap<string, readonly Bind[]>;

function collect<Key>(into: Map<Key, Bind[]>, key: Key, ...binds: readonly Bind[]): void {
  const list = into.get(key);
  if (list) list.push(...binds);
  else into.set(key, [...binds]);
}

/** What is named as ARKit's shapes are. */
function ownShapes(all: Named): ReadonlyMap<BlendShape, readonly Bind[]> {
  const out = new Map<BlendShape, Bind[]>();
  for (const [name, binds] of all) {
    const shape = blendShapeOf(name);
    if (shape) collect(out, shape, ...binds);
  }
  return out;
}

function plainNames(all: Named): Named {
  const out = new Map<string, Bind[]>();
  for (const [name, binds] of all) collect(out, plainShapeName(name), ...binds);
  return out;
}

function standInFor(shape: BlendShape, targets: Named, expressions: Named): readonly Bind[] {
  for (const alternative of standIns(shape)) {
    const binds = alternative.map(({ name, weight, of }) =>
      ((of === "target" ? targets : expressions).get(name) ?? []).map((bind) => ({
        ...bind,
        weight: bind.weight * weight,
      })),
    );
    if (binds.every((list) => list.length > 0)) return binds.flat();
  }
  return [];
}

/** One bind a target, however often a file names it. */
function summed(binds: readonly Bind[]): readonly Bind[] {
  const out = new Map<Mesh, Map<number, Bind>>();
  for (const { mesh, target, weight } of binds) {
    const ofMesh = out.get(mesh) ?? new Map<number, Bind>();
    out.set(mesh, ofMesh.set(target, { mesh, target, weight: weight + (ofMesh.get(target)?.weight ?? 0) }));
  }
  return [...out.values()].flatMap((ofMesh) => [...ofMesh.values()]);
}

/** UniVRM writes the names into each primitive; glTF's convention has them in the mesh. */
function targetNames(mesh: Mesh): string[] {
  const [first] = mesh.listPrimitives();
  const written = namesSchema.parse(first?.getExtras()).targetNames;
  return (first?.listTargets() ?? []).map((target, k) => written[k] ?? target.getName());
}

const namesSchema = z.object({ targetNames: z.array(z.string()) }).catch({ targetNames: [] });

type Moves = (mesh: Mesh, target: number) => boolean;

/** Tells whether a target moves or colours anything; each is looked at once. */
function moved(): Moves {
  const known = new Map<Mesh, Map<number, boolean>>();
  return (mesh, target) => {
    const ofMesh = known.get(mesh) ?? new Map<number, boolean>();
    known.set(mesh, ofMesh);
    const before = ofMesh.get(target);
    if (before !== undefined) return before;
    const now = movesAnything(mesh, target);
    ofMesh.set(target, now);
    return now;
  };
}

function movesAnything(mesh: Mesh, target: number): boolean {
  for (const primitive of mesh.listPrimitives())
    for (const attribute of ["POSITION", "COLOR_0"])
      for (const value of primitive.listTargets()[target]?.getAttribute(attribute)?.getArray() ?? [])
        if (value !== 0) return true;
  return false;
}

const group = z.object({
  name: z.string().catch(""),
  presetName: z.string().catch(""),
  binds: z.array(z.object({ mesh: z.int(), index: z.int(), weight: z.number() })).catch([]),
});
const expression = z.object({
  morphTargetBinds: z.array(z.object({ node: z.int(), index: z.int(), weight: z.number() })).catch([]),
});
const vrmSchema = z.object({
  VRM: z
    .object({ blendShapeMaster: z.object({ blendShapeGroups: z.array(group) }) })
    .optional()
    .catch(undefined),
  VRMC_vrm: z
    .object({
      expressions: z.object({
        preset: z.record(z.string(), expression).catch({}),
        custom: z.record(z.string(), expression).catch({}),
      }),
    })
    .optional()
    .catch(undefined),
});
/** VRM 0's names of presets, in VRM 1's. */
const presetOf: Readonly<Record<string, string>> = {
  ...{ a: "aa", i: "ih", u: "ou", e: "ee", o: "oh" },
  ...{ joy: "happy", sorrow: "sad", fun: "relaxed", blink_l: "blinkLeft", blink_r: "blinkRight" },
};

/** What VRM's expressions move, by their names in VRM 1. */
function expressionsOf(
  document: Document,
  extensions: Readonly<Record<string, unknown>>,
  moves: Moves,
): Named {
  const { VRM, VRMC_vrm } = vrmSchema.parse(extensions);
  const [meshes, nodes] = [document.getRoot().listMeshes(), document.getRoot().listNodes()];
  const out = new Map<string, Bind[]>();
  const add = (name: string, mesh: Mesh | null | undefined, target: number, weight: number): void => {
    if (mesh && weight > 0 && moves(mesh, target)) collect(out, name, { mesh, target, weight });
  };
  for (const { name, presetName, binds } of VRM?.blendShapeMaster.blendShapeGroups ?? []) {
    const known = presetName !== "" && presetName !== "unknown";
    for (const { mesh, index, weight } of binds)
      add(known ? (presetOf[presetName] ?? presetName) : name, meshes[mesh], index, weight / 100);
  }
  for (const list of [VRMC_vrm?.expressions.preset, VRMC_vrm?.expressions.custom])
    for (const [name, { morphTargetBinds }] of Object.entries(list ?? {}))
      for (const { node, index, weight } of morphTargetBinds)
        add(name, nodes[node]?.getMesh(), index, weight);
  return out;
}
