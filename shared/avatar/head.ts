import { blendShapes, type BlendShape } from "./blendShapes.ts";

/** How a part is shaded: toon steps for skin, hair and frames; flat colours in the mouth; eyes with a shadow of the lid. */
export type PartKind = "skin" | "hair" | "mouth" | "teeth" | "eye" | "frame";

/** A sparse change of vertices: `index[k]` moves by `delta[3k..3k+2]` at weight 1. */
export interface Delta {
  readonly index: Uint32Array;
  readonly delta: Float32Array;
}

/** A picture on a part: linear light 0..1, interleaved RGB. */
export interface Texture {
  readonly width: number;
  readonly height: number;
  readonly linear: Float32Array;
  /** 1 where the part is cut away: lashes and hair are cut out of sheets. Absent where nothing is. */
  readonly holes?: Uint8Array;
}

/** One material of a head. Model frame: x to the person's left, y up, z out of the face, cm. */
export interface Part {
  readonly kind: PartKind;
  /** x, y, z of each vertex. */
  readonly positions: Float32Array;
  /** Three vertices a triangle, counterclockwise as seen from outside. */
  readonly triangles: Uint32Array;
  /** Linear RGB, 0..1. */
  readonly colour: readonly [number, number, number];
  /** 0..1 from the picture's upper left corner; two a vertex. */
  readonly uv: Float32Array | undefined;
  readonly texture: Texture | undefined;
  readonly shapes: ReadonlyMap<BlendShape, Delta>;
  /** Changes of the vertices' colour: wrinkles. */
  readonly tints: ReadonlyMap<BlendShape, Delta>;
  /** The part turns with the gaze about `pivot`; absent: it does not. */
  readonly eye?: { readonly pivot: Point3 };
}

/** A bone that turns an eye, and the vertices that hang on it by which share. */
export interface EyeBone {
  readonly pivot: Point3;
  readonly index: Uint32Array;
  readonly share: Float32Array;
}

/** A part before its place and direction are known. */
export type RawPart = Omit<Part, "eye"> & {
  /** Turns with the gaze as a whole. */
  readonly eyePivot?: Point3;
  /** Of eyes that lie in a mesh with other things. */
  readonly eyeBones?: readonly EyeBone[];
};

export type Point3 = readonly [number, number, number];

/** A head that can be moved and drawn. */
export interface AvatarHead {
  readonly name: string;
  readonly parts: readonly Part[];
  /** Shapes that move anything. */
  readonly shapes: ReadonlySet<BlendShape>;
  /** The face square of the neutral face seen from the front: its middle and its side, cm. */
  readonly face: { readonly centre: Point3; readonly side: number };
  /** Eyeballs, cm; skin is kept outside them. Empty where the head does not say. */
  readonly eyeballs: readonly { readonly centre: Point3; readonly radius: number }[];
}

/** What moves a head. Angles in radians. */
export interface AvatarState {
  /** Weights in the order of `blendShapes`. */
  readonly weights: Float32Array;
  /** Signs of `HeadPose`: yaw to the person's left, pitch up, roll clockwise in the picture. */
  readonly pose: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  /** Of the eyes in the head: pitch up, yaw to the person's left. */
  readonly gaze: { readonly pitch: number; readonly yaw: number };
}

/** Nothing moves: a neutral face seen from the front. */
export const atRest: AvatarState = {
  weights: new Float32Array(blendShapes.length),
  pose: { yaw: 0, pitch: 0, roll: 0 },
  gaze: { pitch: 0, yaw: 0 },
};
