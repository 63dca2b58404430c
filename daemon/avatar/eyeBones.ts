import type { Document, Node, Primitive } from "@gltf-transform/core";
import * as z from "zod";
import type { BlendShape } from "../../shared/avatar/blendShapes.ts";
import type { Delta, EyeBone, Point3, RawPart } from "../../shared/avatar/head.ts";

const bone = z.object({ node: z.int() }).optional().catch(undefined);
const humanoidSchema = z.object({
  VRM: z
    .object({ humanoid: z.object({ humanBones: z.array(z.object({ bone: z.string(), node: z.int() })) }) })
    .optional()
    .catch(undefined),
  VRMC_vrm: z
    .object({ humanoid: z.object({ humanBones: z.object({ leftEye: bone, rightEye: bone }) }) })
    .optional()
    .catch(undefined),
});

/** The bones that turn the eyes of a VRM; empty where it names none. @param extensions of the file, not checked */
export function eyeBonesOf(
  document: Document,
  extensions: Readonly<Record<string, unknown>>,
): ReadonlySet<Node> {
  const { VRM, VRMC_vrm } = humanoidSchema.parse(extensions);
  const zero = VRM?.humanoid.humanBones.filter(({ bone: name }) => /^(left|right)Eye$/.test(name)) ?? [];
  const { leftEye, rightEye } = VRMC_vrm?.humanoid.humanBones ?? {};
  const nodes = document.getRoot().listNodes();
  return new Set([...zero, leftEye, rightEye].flatMap((one) => (one && nodes[one.node]) ?? []));
}

/** What of a skinned mesh hangs on these bones. @param pivotOf where a bone stands, cm */
export function hangingOn(
  bones: ReadonlySet<Node>,
  node: Node,
  primitive: Primitive,
  pivotOf: (bone: Node) => Point3,
): readonly EyeBone[] {
  const joints = node.getSkin()?.listJoints() ?? [];
  const [which, weights] = [primitive.getAttribute("JOINTS_0"), primitive.getAttribute("WEIGHTS_0")];
  if (!which || !weights || !joints.some((joint) => bones.has(joint))) return [];
  const [at, share]: [number[], number[]] = [[], []];
  const found = new Map<Node, [number, number][]>();
  for (let v = 0; v < which.getCount(); v++) {
    which.getElement(v, at);
    weights.getElement(v, share);
    at.forEach((j, k) => {
      const joint = joints[j];
      if (!joint || !bones.has(joint) || !share[k]) return;
      const list = found.get(joint) ?? [];
      list.push([v, share[k]]);
      found.set(joint, list);
    });
  }
  return [...found].map(([joint, list]) => ({
    pivot: pivotOf(joint),
    index: Uint32Array.from(list, ([v]) => v),
    share: Float32Array.from(list, ([, weight]) => weight),
  }));
}

/** How far such eyes turn for a whole eyeLook shape, radians: irises of drawn heads are flat and leave their holes beyond that. */
const wholeLook = 0.17;

/** Heads whose eyes only bones turn get the eyeLook shapes that these stand for. Looking along +z. */
export function withLooks(parts: readonly RawPart[]): readonly RawPart[] {
  const looks = parts.some(({ shapes }) => [...shapes.keys()].some((shape) => shape.startsWith("eyeLook")));
  return parts.map(({ eyeBones = [], ...part }) => {
    const shapes = new Map(part.shapes);
    for (const eye of looks ? [] : eyeBones) {
      const [side, out] = eye.pivot[0] > 0 ? (["Left", 1] as const) : (["Right", -1] as const);
      for (const [way, pitch, yaw] of [
        ["Up", 1, 0],
        ["Down", -1, 0],
        ["Out", 0, out],
        ["In", 0, -out],
      ] as const) {
        const shape: BlendShape = `eyeLook${way}${side}`;
        shapes.set(shape, turned(part.positions, eye, pitch * wholeLook, yaw * wholeLook));
      }
    }
    return { ...part, shapes };
  });
}

/** Where the vertices go when the eye turns: up by `pitch`, to +x by `yaw`. */
function turned(
  positions: Float32Array,
  { pivot, index, share }: EyeBone,
  pitch: number,
  yaw: number,
): Delta {
  const [cp, sp, cy, sy] = [Math.cos(pitch), Math.sin(pitch), Math.cos(yaw), Math.sin(yaw)];
  const delta = new Float32Array(3 * index.length);
  index.forEach((v, k) => {
    const [x, y, z] = pivot.map((at, axis) => positions[3 * v + axis]! - at) as [number, number, number];
    const forward = cp * z - sp * y;
    const moved = [cy * x + sy * forward, cp * y + sp * z, cy * forward - sy * x];
    [x, y, z].forEach((before, axis) => (delta[3 * k + axis] = share[k]! * (moved[axis]! - before)));
  });
  return { index, delta };
}
