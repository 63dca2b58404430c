import type { Lane } from "./lanes.ts";

/** What is being drawn or dragged, to be shown over the lanes. */
export type DragPreview =
  | {
      readonly kind: "block";
      readonly lane: Lane;
      readonly label: string;
      readonly startMs: number;
      readonly endMs: number;
    }
  | {
      readonly kind: "band";
      readonly fromMs: number;
      readonly toMs: number;
      readonly fromY: number;
      readonly toY: number;
    };
