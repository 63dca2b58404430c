import { escapeXml } from "../text/escapeXml.ts";

/** Pieces of a chart as SVG text. Every word that comes from outside goes through {@link escapeXml}. */

/**
 * Colours of all charts: dark on light, light on dark where the reader's system says so, and always dark on light on paper.
 * Names are prefixed, because a chart inside a page shares its styles.
 */
const style = `
.c-bg{fill:#fff}.c-ink{fill:#1f2328}.c-muted{fill:#59636e}.c-line{stroke:#1f2328}.c-grid{stroke:#d1d9e0}
.c-mark{fill:#0969da;stroke:#fff}.c-accent{stroke:#0969da}.c-band{fill:#0969da;fill-opacity:.16}
.c-second{stroke:#bc4c00}.c-second-band{fill:#bc4c00;fill-opacity:.16}.c-bar{fill:#0969da}
@media screen and (prefers-color-scheme:dark){
.c-bg{fill:#0d1117}.c-ink{fill:#f0f6fc}.c-muted{fill:#a5adb8}.c-line{stroke:#f0f6fc}.c-grid{stroke:#3d444d}
.c-mark{fill:#58a6ff;stroke:#0d1117}.c-accent{stroke:#58a6ff}.c-band{fill:#58a6ff;fill-opacity:.22}
.c-second{stroke:#f0883e}.c-second-band{fill:#f0883e;fill-opacity:.22}.c-bar{fill:#58a6ff}}
.c text{font:12px system-ui,sans-serif}.c .c-title{font-weight:600;font-size:13px}`;

/** A whole drawing with a description for those who do not see it. */
export function drawing(
  width: number,
  height: number,
  description: string,
  parts: readonly string[],
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="c" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(description)}"><style>${style}</style><rect class="c-bg" width="${width}" height="${height}"/>${parts.join("")}</svg>\n`;
}

/** A piece of text at a point of the drawing. */
export function text(
  x: number,
  y: number,
  content: string,
  {
    anchor = "start",
    kind = "ink",
    turned = false,
  }: { anchor?: "start" | "middle" | "end"; kind?: "ink" | "muted" | "title"; turned?: boolean } = {},
): string {
  const turn = turned ? ` transform="rotate(-90 ${at(x)} ${at(y)})"` : "";
  const classes = kind === "title" ? "c-ink c-title" : `c-${kind}`;
  return `<text x="${at(x)}" y="${at(y)}" class="${classes}" text-anchor="${anchor}"${turn}>${escapeXml(content)}</text>`;
}

/** A straight line of the drawing. */
export function line(
  [x1, y1]: ChartPoint,
  [x2, y2]: ChartPoint,
  kind: "line" | "grid" | "accent" | "second",
  { width = 1, dashed = false }: { width?: number; dashed?: boolean } = {},
): string {
  const dash = dashed ? ' stroke-dasharray="5 4"' : "";
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="c-${kind}" stroke-width="${width}"${dash}/>`;
}

/** A point of a scatter plot. */
export const circle = ([x, y]: ChartPoint, radius: number): string =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="${radius}" class="c-mark" stroke-width="1"/>`;

/** A filled shape: a band of uncertainty, or a bar. */
export const area = (points: readonly ChartPoint[], kind: "band" | "second-band" | "bar"): string =>
  `<polygon points="${points.map(([x, y]) => `${at(x)},${at(y)}`).join(" ")}" class="c-${kind}"/>`;

/** Text that is cut where a width has no more room for it. @param perLetter the room of a letter; wider ones are rare */
export const fitted = (content: string, width: number, perLetter = 6.6): string => {
  const most = Math.max(4, Math.floor(width / perLetter));
  return content.length > most ? `${content.slice(0, most - 1)}…` : content;
};

/** Title and, in the second row, what is said below it; as much as the width of the drawing has room for. */
export const headings = (width: number, title: string, subtitle?: string): string[] => [
  text(14, 20, fitted(title, width - 28, 7.4), { kind: "title" }),
  ...(subtitle === undefined ? [] : [text(14, 38, fitted(subtitle, width - 28), { kind: "muted" })]),
];

export type ChartPoint = readonly [x: number, y: number];

const at = (value: number): string => String(Math.round(value * 10) / 10);
