import type { Frame } from "../media/frame.ts";

/**
 * A picture as it came. A frame's `data` is free when the next picture is asked for; a JPEG is decoded only if its turn
 * comes.
 */
export type Arrival = { readonly timeMs: number; readonly arrivedAt: number } & (
  { readonly frame: Frame } | { readonly jpeg: Uint8Array }
);
