import { Context } from "svgcanvas";

const anchors: Partial<Record<CanvasTextAlign, string>> = { right: "end", end: "end", center: "middle" };
/** How far below its line text begins, in heights of its font: not every reader of SVG knows baselines. */
const drops: Partial<Record<CanvasTextBaseline, number>> = {
  top: 0.8,
  hanging: 0.75,
  middle: 0.35,
  bottom: -0.2,
};

/**
 * A canvas that becomes SVG. The package asks a style attribute for the parts of a font, which the page's policy forbids,
 * so that text is written here.
 */
export class SvgContext extends Context {
  fillText(text: string, x: number, y: number): void {
    const { style } = document.createElement("span");
    style.font = this.font;
    const element = this.__createElement(
      "text",
      {
        "font-family": style.fontFamily,
        "font-size": style.fontSize,
        "font-weight": style.fontWeight,
        "text-anchor": anchors[this.textAlign] ?? "start",
        ...{ x, y: y + (drops[this.textBaseline] ?? 0) * Number.parseFloat(style.fontSize) },
      },
      true,
    );
    element.textContent = text;
    const parent = this.__closestGroupOrSvg();
    this.__currentElement = element;
    this.__applyTransformation(element);
    this.__applyStyleToCurrentElement("fill");
    parent.append(element);
  }
}
