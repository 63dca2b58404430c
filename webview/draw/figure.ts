import type { Palette } from "./palette.ts";
import { SvgContext } from "./svgContext.ts";

/** How a figure is printed. */
export interface FigureSize {
  readonly widthMm: number;
  /** Of the text of axes and legends. */
  readonly fontPt: number;
}

export type FigureFormat = "svg" | "png";

/** Something that can be drawn for print: on white, with its axes and its legend. */
export interface Figure {
  /** Height of the drawing for a width, both in CSS pixels. */
  height(context: CanvasRenderingContext2D, width: number): number;
  draw(context: CanvasRenderingContext2D, width: number): void;
}

/** Dark on white, whatever the theme is; of a font that every system has. */
export const printPalette: Palette = {
  foreground: "#111111",
  muted: "#404040",
  background: "#ffffff",
  border: "#c8c8c8",
  accent: "#2457a5",
  focus: "#2457a5",
  font: "Helvetica, Arial, sans-serif",
  highContrast: false,
};

/** Text of the drawing, in CSS pixels; figures are drawn for it and then scaled to the size that was asked for. */
export const figureFontPx = 11;
const inchMm = 25.4;
const cssPixelsAnInch = 96;
const pointsAnInch = 72;
/** What journals ask of pictures made of pixels. */
const pngPixelsAnInch = 300;

/** A drawing, as a file for print. */
export async function saveFigure(
  figure: Figure,
  { widthMm, fontPt }: FigureSize,
  format: FigureFormat,
): Promise<Blob> {
  const scale = (fontPt * cssPixelsAnInch) / pointsAnInch / figureFontPx;
  const width = Math.round(((widthMm / inchMm) * cssPixelsAnInch) / scale);
  const measured = document.createElement("canvas").getContext("2d")!;
  const height = Math.ceil(figure.height(measured, width));
  if (format === "svg") {
    const context = new SvgContext({ width, height });
    // It takes the calls that the drawings make; what a canvas has beyond them is missing from it.
    const canvas = context as unknown as CanvasRenderingContext2D;
    canvas.fillStyle = printPalette.background;
    canvas.fillRect(0, 0, width, height);
    figure.draw(canvas, width);
    return svgBlob(textOf(context.getSvg(), widthMm, width, height));
  }
  const pixels = (scale * pngPixelsAnInch) / cssPixelsAnInch;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * pixels);
  canvas.height = Math.round(height * pixels);
  const context = canvas.getContext("2d")!;
  context.scale(pixels, pixels);
  figure.draw(context, width);
  // Drawings clear what they draw on: the paper comes last, below them.
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = printPalette.background;
  context.fillRect(0, 0, width, height);
  return pngOf(canvas);
}

/** Text of the charts of shared/charts, in their own unit. */
const chartFontPx = 12;

/** A chart that is drawn for a width, as a file for print whose text has the size that was asked for. */
export async function saveChart(
  draw: (width: number) => string,
  { widthMm, fontPt }: FigureSize,
  format: FigureFormat,
): Promise<Blob> {
  const fontMm = (fontPt / pointsAnInch) * inchMm;
  const svg = draw(Math.round((widthMm / fontMm) * chartFontPx));
  // A figure is for paper, whatever the system's theme is.
  const light = svg.replace("@media screen and (prefers-color-scheme:dark)", "@media not all");
  const root = new DOMParser().parseFromString(light, "image/svg+xml").documentElement;
  const [, , width = 1, height = 1] = root.getAttribute("viewBox")!.split(" ").map(Number);
  const text = textOf(root, widthMm, width, height);
  if (format === "svg") return svgBlob(text);
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round((widthMm / inchMm) * pngPixelsAnInch);
  canvas.height = Math.round((canvas.width * height) / width);
  canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return pngOf(canvas);
}

/** A drawing `width` by `height` units large, as text that prints `widthMm` wide. */
function textOf(svg: Element, widthMm: number, width: number, height: number): string {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", `${widthMm}mm`);
  svg.setAttribute("height", `${(widthMm * height) / width}mm`);
  return new XMLSerializer().serializeToString(svg);
}

const svgBlob = (text: string): Blob => new Blob([text], { type: "image/svg+xml" });

async function pngOf(canvas: HTMLCanvasElement): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("The picture is too large for this browser: choose a smaller width.");
  return blob;
}
