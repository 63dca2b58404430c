import { blendShapes } from "./avatar/blendShapes.ts";

/** Of an imported head: how many of ARKit's shapes move it, and how many of these others of its movements stand in for. */
export interface HeadMoves {
  readonly shapes: number;
  readonly standIns: number;
}

/** What a head lacks, in a sentence; empty of one that has all of ARKit's shapes. */
export function sayMoves(moves: HeadMoves | undefined): string {
  if (!moves || (moves.standIns === 0 && moves.shapes === blendShapes.length)) return "";
  const standIns =
    moves.standIns > 0 ? `; for ${moves.standIns} of them others of its movements stand in` : "";
  return `It has ${moves.shapes} of ARKit's ${blendShapes.length} shapes${standIns}: it shows less of a face.`;
}
