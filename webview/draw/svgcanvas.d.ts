// The package brings no types. What begins with two underscores is its own affair: its version is fixed.
declare module "svgcanvas" {
  /** Takes the drawing calls of a canvas and keeps them as SVG. */
  export class Context {
    constructor(options: { width: number; height: number });
    font: string;
    textAlign: CanvasTextAlign;
    textBaseline: CanvasTextBaseline;
    getSvg(): SVGSVGElement;
    __currentElement: Element;
    __closestGroupOrSvg(): Element;
    __createElement(name: string, attributes: Record<string, string | number>, unfilled: boolean): Element;
    __applyTransformation(element: Element): void;
    __applyStyleToCurrentElement(action: "fill" | "stroke"): void;
  }
}
