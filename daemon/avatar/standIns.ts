import type { BlendShape } from "../../shared/avatar/blendShapes.ts";

/** A part of what stands in for a shape. */
export interface StandIn {
  /** Plain ({@link plainShapeName}). */
  readonly name: string;
  /** Morph targets are named by programs, expressions by VRM. */
  readonly of: "target" | "expression";
  readonly weight: number;
}

const target = (name: string, weight = 1): StandIn => ({ name, of: "target", weight });
const expression = (name: string, weight = 1): StandIn => ({ name, of: "expression", weight });
/** The Character Generator's teeth are a mesh of their own, moved alike. */
const withTeeth = (name: string, weight?: number): readonly StandIn[] => [
  target(name, weight),
  target(`t${name}`, weight),
];
type Rows = Readonly<Record<string, readonly (readonly StandIn[])[]>>;

/** Shapes without sides: Autodesk Character Generator, VRoid Studio, VRM's presets, simple heads. */
const whole: Rows = {
  jawOpen: [
    withTeeth("shouth", 0.7),
    [target("mouthopenh")],
    [target("fclmtha")],
    [expression("aa")],
    [target("mouthopen")],
  ],
  jawForward: [withTeeth("jawfronth"), [target("jawfronth")]],
  jawLeft: [withTeeth("ljawh"), [target("ljawh")]],
  jawRight: [withTeeth("rjawh"), [target("rjawh")]],
  mouthFunnel: [[target("uwuh")], [target("fclmtho")], [expression("oh")]],
  mouthPucker: [[target("kissh")], [target("fclmthu")], [expression("ou")]],
  mouthRollUpper: [[target("mpbuph")]],
  mouthRollLower: [[target("mpbdownh")]],
  mouthShrugLower: [[target("chinh")]],
  cheekPuff: [[target("lblowh"), target("rblowh")]],
  browInnerUp: [[target("lsadh"), target("rsadh")], [target("fclbrwsorrow")], [expression("sad", 0.5)]],
};

/**
 * Shapes of one side. Where a head has only both sides at once, each side gets half: together they are the whole.
 * @param s `l` or `r`
 */
const ofSide = (side: "left" | "right", s: "l" | "r"): Rows => ({
  eyeBlink: [
    [target(`${s}eyecloseh`)],
    [target(`fcleyeclose${side}`)],
    [expression(`blink${side}`)],
    [expression("blink", 0.5)],
    [target("eyesclosed", 0.5)],
  ],
  eyeWide: [[target(`${s}eyeopenh`)], [target("fcleyespread", 0.5)], [expression("surprised", 0.25)]],
  eyeSquint: [[target(`${s}lowlidh`)]],
  cheekSquint: [[target(`${s}squinth`, 0.3)]],
  browDown: [
    [target(`${s}browdownh`), target(`${s}${s}browdownh`)],
    [target("fclbrwangry", 0.5)],
    [expression("angry", 0.5)],
  ],
  browOuterUp: [
    [target(`${s}${s}browuph`)],
    [target("fclbrwsurprised", 0.5)],
    [expression("surprised", 0.25)],
  ],
  noseSneer: [[target(`${s}disgusth`)]],
  mouthSmile: [
    [target(`${s}smileopenh`)],
    [target(`${s}smilecloseh`)],
    [target("fclmthfun", 0.5)],
    [expression("happy", 0.5)],
    [expression("relaxed", 0.5)],
    [target("mouthsmile", 0.5)],
  ],
  mouthFrown: [[target(`${s}mouthsadh`)], [target("fclmthangry", 0.5)], [expression("sad", 0.25)]],
  mouthDimple: [[target(`${s}lipcornerh`)]],
  mouthUpperUp: [[target(`${s}lipuph`)]],
  mouthLowerDown: [[target(`${s}lipdownh`)]],
  mouthStretch: [[target("fclmthi", 0.5)], [expression("ih", 0.5)]],
  eyeLookUp: [[expression("lookup", 0.5)]],
  eyeLookDown: [[expression("lookdown", 0.5)]],
  eyeLookOut: [[expression(`look${side}`, 0.5)]],
  eyeLookIn: [[expression(`look${side === "left" ? "right" : "left"}`, 0.5)]],
});

const sided = { Left: ofSide("left", "l"), Right: ofSide("right", "r") } as const;

/** What other programs have in place of a shape, best first; of each alternative all parts are added up. */
export function standIns(shape: BlendShape): readonly (readonly StandIn[])[] {
  for (const side of ["Left", "Right"] as const) {
    const rows = sided[side][shape.slice(0, -side.length)];
    if (shape.endsWith(side) && rows) return rows;
  }
  return whole[shape] ?? [];
}
