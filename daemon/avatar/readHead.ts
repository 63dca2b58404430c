import type { Material, Node, Primitive } from "@gltf-transform/core";
import sharp from "sharp";
import type { BlendShape } from "../../shared/avatar/blendShapes.ts";
import { AppError } from "../../shared/errors.ts";
import type { AvatarHead, Delta, PartKind, Point3, RawPart, Texture } from "../../shared/avatar/head.ts";
import { eyeBonesOf, hangingOn } from "./eyeBones.ts";
import { lookOf } from "./headLook.ts";
import { findShapes, type ShapeShare } from "./headShapes.ts";
import { openGlb, unusable } from "./openGlb.ts";

/** What a head may hold; a file is refused before more than this is unpacked. */
const limits = {
  bytes: 100 * 2 ** 20,
  vertices: 400_000,
  triangles: 800_000,
  texturePx: 4096,
  drawnPx: 1024,
};
const cmPerMetre = 100;
const kinds: readonly PartKind[] = ["skin", "hair", "mouth", "teeth", "eye", "frame"];

/** A head, and which of its shapes the file does not have itself. */
export interface ReadHead extends AvatarHead {
  /** Others of the file's own movements stand in for these. */
  readonly standIns: ReadonlySet<BlendShape>;
}

/**
 * Reads a head with ARKit's blend shapes from a glTF binary (`.glb`) or a VRM, which is one ({@link findShapes}). Nothing
 * outside the file is read.
 * @param name shown to users
 * @throws AppError `too_large`, `avatar_unusable`
 */
export async function readHead(bytes: Uint8Array, name: string): Promise<ReadHead> {
  if (bytes.length > limits.bytes)
    throw new AppError("too_large", `The avatar ${name} is larger than 100 MB. Export a simpler one.`);
  const { document, own, extensions } = await openGlb(bytes, name);
  const found = findShapes(document, extensions);
  const eyes = eyeBonesOf(document, extensions);
  const textures = new Map<Material, Promise<Texture | undefined>>();
  const parts: RawPart[] = [];
  let vertices = 0;
  let triangles = 0;
  const scene = document.getRoot().getDefaultScene() ?? document.getRoot().listScenes()[0];
  if (!scene) throw unusable(name, "it has no scene");
  const nodes: Node[] = [];
  scene.traverse((node) => nodes.push(node));
  for (const node of nodes) {
    const mesh = node.getMesh();
    for (const primitive of mesh?.listPrimitives() ?? []) {
      const part = readPrimitive(node, primitive, mesh ? found.shares.get(mesh) : undefined);
      if (!part) continue;
      vertices += part.positions.length / 3;
      triangles += part.triangles.length / 3;
      if (vertices > limits.vertices || triangles > limits.triangles)
        throw new AppError("too_large", `The avatar ${name} has too many vertices. Export a simpler one.`);
      const material = primitive.getMaterial();
      if (material && !textures.has(material)) textures.set(material, readTexture(material, name));
      const eyeBones = hangingOn(eyes, node, primitive, (bone) => scaled(bone.getWorldTranslation()));
      parts.push({
        ...part,
        ...(eyeBones.length > 0 && { eyeBones }),
        texture: material ? await textures.get(material) : undefined,
      });
    }
  }
  const head = lookOf(name, parts, own);
  if (head.shapes.size < 5)
    throw unusable(
      name,
      "it has no ARKit blend shapes (morph targets such as jawOpen and mouthSmileLeft), nor expressions of a VRM that could stand in for them. Export it with them",
    );
  return { ...head, standIns: found.standIns };
}

type Shares = ReadonlyMap<number, readonly ShapeShare[]>;

function readPrimitive(
  node: Node,
  primitive: Primitive,
  shares: Shares | undefined,
): Omit<RawPart, "texture"> | undefined {
  const position = primitive.getAttribute("POSITION");
  const material = primitive.getMaterial();
  if (primitive.getMode() !== 4 || !position || position.getCount() === 0) return undefined;
  if (material && seenThrough(material)) return undefined;
  const count = position.getCount();
  const place = placesOf(node, primitive);
  const positions = new Float32Array(3 * count);
  const element: number[] = [];
  for (let v = 0; v < count; v++) put(positions, v, place(v), position.getElement(v, element), 1);
  const uv = primitive.getAttribute("TEXCOORD_0");
  const [r, g, b] = material?.getBaseColorFactor() ?? [1, 1, 1];
  const { shapes, tints } = readTargets(primitive, place, shares ?? new Map());
  // Eyes that shapes turn would be turned twice.
  const turned = [...shapes.keys()].some((shape) => shape.startsWith("eyeLook"));
  return {
    kind: kinds.find((kind) => kind === material?.getName()) ?? "skin",
    positions,
    triangles: trianglesOf(primitive, count),
    colour: [r, g, b],
    uv: uv
      ? Float32Array.from({ length: 2 * count }, (_, k) => uv.getElement(k >> 1, element)[k & 1]!)
      : undefined,
    ...{ shapes, tints },
    ...(!turned && eyeName.test(nameOf(node)) && { eyePivot: pivotOf(node, positions) }),
  };
}

/** Packers put the mesh into a child without a name. */
const nameOf = (node: Node): string => node.getName() || (node.getParentNode()?.getName() ?? "");
/** Glass, and the clear skin over an eye, which some exporters write as opaque. */
const seenThrough = (material: Material): boolean =>
  (material.getAlphaMode() === "BLEND" && material.getAlpha() < 0.5) ||
  (!material.getBaseColorTexture() && clearName.test(material.getName()));
const clearName = /cornea|tear_?line|eye_?(trans|occlusion|wet)/i;
const eyeName = /(^|[^a-z])(left|right|l|r)_?eye(ball)?$|(^|[^a-z])eye(ball)?[._ -]?(left|right|l|r)$/i;

/** Where an eye's node stands, or the middle of its vertices: a skinned one lies where its bones put it, far from its node. */
function pivotOf(node: Node, positions: Float32Array): Point3 {
  const stands = scaled(node.getWorldTranslation());
  const bounds = stands.map((at, axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (let v = axis; v < positions.length; v += 3) {
      low = Math.min(low, positions[v]!);
      high = Math.max(high, positions[v]!);
    }
    return { at, low, high };
  });
  if (bounds.every(({ at, low, high }) => at >= low && at <= high)) return stands;
  const [x, y, z] = bounds.map(({ low, high }) => (low + high) / 2);
  return [x!, y!, z!];
}

function trianglesOf(primitive: Primitive, vertices: number): Uint32Array {
  const indices = primitive.getIndices();
  const out = indices
    ? Uint32Array.from({ length: indices.getCount() }, (_, k) => indices.getScalar(k))
    : Uint32Array.from({ length: vertices }, (_, k) => k);
  return out.filter((v) => v < vertices).length === out.length && out.length % 3 === 0
    ? out
    : new Uint32Array(0);
}

type Matrix = readonly number[];
/** Where a vertex is put: from the file's numbers to metres. */
type Place = (v: number) => Matrix;

/**
 * The vertices of a skinned mesh lie where its bones put them at rest, whatever node holds it: files with quantised positions
 * have their scale in the bones' matrices.
 */
function placesOf(node: Node, primitive: Primitive): Place {
  const skin = node.getSkin();
  const [joints, weights] = [primitive.getAttribute("JOINTS_0"), primitive.getAttribute("WEIGHTS_0")];
  const world: Matrix = node.getWorldMatrix();
  if (!skin || !joints || !weights) return () => world;
  const inverse = skin.getInverseBindMatrices();
  const bones = skin.listJoints().map((joint, j): Matrix => {
    const bone: Matrix = joint.getWorldMatrix();
    return inverse ? product(bone, inverse.getElement(j, [])) : bone;
  });
  const [which, share]: [number[], number[]] = [[], []];
  return (v) => {
    joints.getElement(v, which);
    weights.getElement(v, share);
    const total = share.reduce((sum, weight) => sum + weight, 0);
    const out = new Array<number>(16).fill(0);
    for (const [k, j] of which.entries()) {
      const bone = bones[j];
      if (!bone || !share[k]) continue;
      for (let i = 0; i < 16; i++) out[i]! += (share[k] / total) * bone[i]!;
    }
    return total > 0 ? out : world;
  };
}

/** a b, column by column as glTF has them. */
function product(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 16 }, (_, i) => {
    const [column, row] = [i & ~3, i & 3];
    return (
      a[row]! * b[column]! +
      a[4 + row]! * b[column + 1]! +
      a[8 + row]! * b[column + 2]! +
      a[12 + row]! * b[column + 3]!
    );
  });
}

function readTargets(primitive: Primitive, place: Place, shares: Shares): Pick<RawPart, "shapes" | "tints"> {
  const shapes = new Map<BlendShape, Delta>();
  const tints = new Map<BlendShape, Delta>();
  primitive.listTargets().forEach((target, k) => {
    const of = shares.get(k);
    if (!of) return;
    for (const [attribute, into, placed] of [
      ["POSITION", shapes, place],
      ["COLOR_0", tints, undefined],
    ] as const) {
      const accessor = target.getAttribute(attribute);
      const delta = accessor && sparse(accessor.getCount(), (v, at) => accessor.getElement(v, at), placed);
      if (!delta || delta.index.length === 0) continue;
      for (const { shape, weight } of of) into.set(shape, added(into.get(shape), delta, weight));
    }
  });
  return { shapes, tints };
}

/** before + weight * delta. */
function added(before: Delta | undefined, { index, delta }: Delta, weight: number): Delta {
  if (!before)
    return weight === 1 ? { index, delta } : { index, delta: delta.map((value) => weight * value) };
  const sum = new Map<number, number[]>();
  for (const [one, factor] of [
    [before, 1],
    [{ index, delta }, weight],
  ] as const)
    one.index.forEach((v, k) => {
      const at = sum.get(v) ?? [0, 0, 0];
      sum.set(
        v,
        at.map((value, axis) => value + factor * one.delta[3 * k + axis]!),
      );
    });
  return { index: Uint32Array.from(sum.keys()), delta: Float32Array.from([...sum.values()].flat()) };
}

/** The elements that are not 0. @param place of positions */
function sparse(count: number, read: (v: number, at: number[]) => number[], place?: Place): Delta {
  const index: number[] = [];
  const delta: number[] = [];
  const element: number[] = [];
  const moved = new Float32Array(3);
  for (let v = 0; v < count; v++) {
    const [x = 0, y = 0, z = 0] = read(v, element);
    if (Math.abs(x) + Math.abs(y) + Math.abs(z) < 1e-6) continue;
    index.push(v);
    if (!place) delta.push(x, y, z);
    else {
      put(moved, 0, place(v), element, 0);
      delta.push(moved[0]!, moved[1]!, moved[2]!);
    }
  }
  return { index: Uint32Array.from(index), delta: Float32Array.from(delta) };
}

/** Writes matrix * (x, y, z, w) in cm. */
function put(out: Float32Array, v: number, m: Matrix, [x = 0, y = 0, z = 0]: number[], w: 0 | 1): void {
  for (let k = 0; k < 3; k++)
    out[3 * v + k] = cmPerMetre * (m[k]! * x + m[4 + k]! * y + m[8 + k]! * z + w * m[12 + k]!);
}

const scaled = ([x, y, z]: readonly number[]): Point3 => [cmPerMetre * x!, cmPerMetre * y!, cmPerMetre * z!];

async function readTexture(material: Material, name: string): Promise<Texture | undefined> {
  const image = material.getBaseColorTexture()?.getImage();
  const cut = material.getAlphaMode() !== "OPAQUE";
  if (!image) return undefined;
  try {
    const picture = sharp(image, { limitInputPixels: limits.texturePx ** 2 });
    const { data, info } = await picture
      .resize({ width: limits.drawnPx, height: limits.drawnPx, fit: "inside", withoutEnlargement: true })
      .toColourspace("srgb")
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const area = info.width * info.height;
    const linear = new Float32Array(3 * area);
    const holes = new Uint8Array(area);
    for (let i = 0; i < area; i++) {
      for (let ch = 0; ch < 3; ch++) linear[3 * i + ch] = (data[4 * i + ch]! / 255) ** 2.2;
      holes[i] = cut && data[4 * i + 3]! < 128 ? 1 : 0;
    }
    return { width: info.width, height: info.height, linear, ...(holes.includes(1) && { holes }) };
  } catch (cause) {
    throw unusable(name, "a picture in it cannot be read or is larger than 4096 x 4096 pixels", cause);
  }
}
