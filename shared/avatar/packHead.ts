import * as z from "zod";
import { AppError } from "../errors.ts";
import { blendShapes, type BlendShape } from "./blendShapes.ts";
import type { AvatarHead, Delta, Part, PartKind, Texture } from "./head.ts";
import { gammaPower } from "./shading.ts";

/** Heads that take more bytes than this are not sent to pages, which then show the daemon's pictures of them. */
const maxBytes = 24 * 2 ** 20;

const arrays = { f32: Float32Array, u32: Uint32Array, u8: Uint8Array } as const;
type ArrayKind = keyof typeof arrays;

/** Where an array lies in the data: its first byte, and how many numbers it has. */
const placeSchema = z.strictObject({
  at: z.int().nonnegative(),
  length: z.int().nonnegative(),
});
const pointSchema = z.tuple([z.number(), z.number(), z.number()]);
const deltasSchema = z.array(
  z.strictObject({ shape: z.enum(blendShapes), index: placeSchema, delta: placeSchema }),
);
const textureSchema = z.strictObject({
  width: z.int().positive(),
  height: z.int().positive(),
  srgb: placeSchema,
  holes: placeSchema.optional(),
});
type PackedTexture = z.infer<typeof textureSchema>;
const partSchema = z.strictObject({
  kind: z.enum(["skin", "hair", "mouth", "teeth", "eye", "frame"] satisfies PartKind[]),
  positions: placeSchema,
  triangles: placeSchema,
  colour: pointSchema,
  uv: placeSchema.optional(),
  texture: textureSchema.optional(),
  shapes: deltasSchema,
  tints: deltasSchema,
  eye: z.strictObject({ pivot: pointSchema }).optional(),
});
/** A head whose arrays lie elsewhere. */
export const packedHeadSchema = z.strictObject({
  name: z.string(),
  parts: z.array(partSchema),
  shapes: z.array(z.enum(blendShapes)),
  face: z.strictObject({ centre: pointSchema, side: z.number() }),
  eyeballs: z.array(z.strictObject({ centre: pointSchema, radius: z.number() })),
});
type Place = z.infer<typeof placeSchema>;

export interface PackedHead {
  readonly head: z.infer<typeof packedHeadSchema>;
  /** The arrays, each at a multiple of four. */
  readonly data: Uint8Array | ArrayBuffer;
}

/** A head as it is sent. @throws AppError `too_large` */
export function packHead(head: AvatarHead): PackedHead & { readonly data: Uint8Array } {
  const pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let end = 0;
  const put = (values: Float32Array | Uint32Array | Uint8Array): Place => {
    const place = { at: end, length: values.length };
    pieces.push({ at: end, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) });
    end += Math.ceil(values.byteLength / 4) * 4;
    return place;
  };
  const deltas = (map: ReadonlyMap<BlendShape, Delta>) =>
    [...map].map(([shape, { index, delta }]) => ({
      shape,
      index: put(index),
      delta: put(delta),
    }));
  // Parts share pictures: each is sent once.
  const textures = new Map<Texture, PackedTexture>();
  const putTexture = (texture: Texture): PackedTexture => {
    const { width, height, linear, holes } = texture;
    const sent = textures.get(texture) ?? {
      ...{ width, height, srgb: put(Uint8Array.from(linear, toSrgb)) },
      ...(holes && { holes: put(holes) }),
    };
    textures.set(texture, sent);
    return sent;
  };
  const packed: PackedHead["head"] = {
    name: head.name,
    parts: head.parts.map(({ kind, positions, triangles, colour, uv, texture, shapes, tints, eye }) => ({
      kind,
      positions: put(positions),
      triangles: put(triangles),
      colour: [...colour],
      ...(uv && { uv: put(uv) }),
      ...(texture && { texture: putTexture(texture) }),
      shapes: deltas(shapes),
      tints: deltas(tints),
      ...(eye && { eye: { pivot: [...eye.pivot] } }),
    })),
    shapes: [...head.shapes],
    face: { centre: [...head.face.centre], side: head.face.side },
    eyeballs: head.eyeballs.map(({ centre, radius }) => ({ centre: [...centre], radius })),
  };
  if (end > maxBytes)
    throw new AppError(
      "too_large",
      `The avatar ${head.name} is too large to be drawn in a page, which shows the daemon's pictures of it.`,
    );
  const data = new Uint8Array(end);
  for (const { at, bytes } of pieces) data.set(bytes, at);
  return { head: packed, data };
}

/** The head that {@link packHead} packed. @throws RangeError for data that are not its */
export function unpackHead({ head, data }: PackedHead): AvatarHead {
  // A copy: bytes that came over a wire need not begin at a multiple of four.
  const bytes = new Uint8Array(data.byteLength);
  bytes.set(data instanceof Uint8Array ? data : new Uint8Array(data));
  const of = <Kind extends ArrayKind>({ at, length }: Place, type: Kind) =>
    new arrays[type](bytes.buffer, at, length) as InstanceType<(typeof arrays)[Kind]>;
  const deltas = (list: z.infer<typeof deltasSchema>): ReadonlyMap<BlendShape, Delta> =>
    new Map(
      list.map(({ shape, index, delta }) => [shape, { index: of(index, "u32"), delta: of(delta, "f32") }]),
    );
  const textures = new Map<number, Texture>();
  const textureOf = ({ width, height, srgb, holes }: PackedTexture): Texture => {
    const texture = textures.get(srgb.at) ?? {
      ...{ width, height },
      linear: Float32Array.from(of(srgb, "u8"), (value) => toLinear[value]!),
      ...(holes && { holes: of(holes, "u8") }),
    };
    textures.set(srgb.at, texture);
    return texture;
  };
  return {
    ...head,
    shapes: new Set(head.shapes),
    parts: head.parts.map(({ uv, texture, eye, ...part }): Part => ({
      ...part,
      positions: of(part.positions, "f32"),
      triangles: of(part.triangles, "u32"),
      uv: uv && of(uv, "f32"),
      texture: texture && textureOf(texture),
      shapes: deltas(part.shapes),
      tints: deltas(part.tints),
      ...(eye && { eye }),
    })),
  };
}

const toSrgb = (linear: number): number =>
  Math.round(255 * Math.min(1, Math.max(0, linear)) ** (1 / gammaPower));
const toLinear = Float32Array.from({ length: 256 }, (_, value) => (value / 255) ** gammaPower);
