import type { AvatarState } from "../../shared/avatar/head.ts";

/** Shows an avatar in one state after another, by one of the engines. */
export interface Animator {
  readonly name: string;
  /** How it is moved: drawn by blend shapes, or a picture by first-order motion. */
  readonly engine: "rig" | "fomm";
  /** Width and height of its pictures, pixels. */
  readonly size: number;
  /** sRGB, interleaved, `size` x `size`; good until the next call. */
  readonly draw: (state: AvatarState) => Promise<Uint8Array>;
}
