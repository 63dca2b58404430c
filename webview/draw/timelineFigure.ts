import { emotionLook } from "../../shared/emotion/appearance.ts";
import { figureFontPx, printPalette, type Figure } from "./figure.ts";
import { layoutLayers, type TimelineLayer } from "./layer.ts";
import { axisHeight, drawTimeline } from "./timeline.ts";
import type { TimeView } from "./timeView.ts";

export interface TimelineScene {
  readonly layers: readonly TimelineLayer[];
  readonly view: TimeView;
  /** Emotions are drawn as lines, not as bands. */
  readonly lines: boolean;
}

const gap = 8;
const rowHeight = 16;
const legendMark = 18;
const font = `${figureFontPx}px ${printPalette.font}`;

/** The part of a clip that a timeline shows, for print: titles and scales of its layers, its axis of time, its colours. */
export function timelineFigure({ layers, view, lines }: TimelineScene): Figure {
  const { tops, height: layersHeight } = layoutLayers(layers);
  const emotions = [...new Set(layers.flatMap(({ colours = [] }) => colours))];
  /** Where each colour of the legend lies. */
  const legend = (context: CanvasRenderingContext2D, width: number) => {
    context.font = font;
    let [x, y] = [0, axisHeight + layersHeight + gap];
    const places = emotions.map((emotion) => {
      const wide = legendMark + 6 + context.measureText(emotion).width;
      if (x > 0 && x + wide > width) [x, y] = [0, y + rowHeight];
      const place = { emotion, x, y };
      x += wide + 2 * gap;
      return place;
    });
    return { places, bottom: y + (emotions.length > 0 ? rowHeight : 0) };
  };
  return {
    height: (context, width) => legend(context, width).bottom + gap,
    draw(context, width) {
      const titlesWidth = Math.min(180, width * 0.28);
      context.save();
      context.translate(titlesWidth, 0);
      const drawn = layers.map((layer) => (layer.raster === true ? asPicture(layer) : layer));
      drawTimeline(context, { layers: drawn, view, width: width - titlesWidth }, printPalette);
      context.restore();
      context.font = font;
      context.fillStyle = printPalette.muted;
      context.textBaseline = "middle";
      context.fillText("Time", 0, 9);
      layers.forEach((layer, i) => drawTitle(context, layer, axisHeight + tops[i]!, titlesWidth));
      for (const { emotion, x, y } of legend(context, width).places) {
        drawMark(context, emotion, x, y + rowHeight / 2, lines);
        context.fillStyle = printPalette.foreground;
        context.fillText(emotion, x + legendMark + 6, y + rowHeight / 2);
      }
    },
  };
}

/** The layer as one picture, three of whose pixels are one of the drawing. */
function asPicture(layer: TimelineLayer): TimelineLayer {
  const fineness = 3;
  return {
    ...layer,
    draw(context, view, { y, width, height }, palette) {
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(width * fineness);
      canvas.height = Math.round(height * fineness);
      const box = { y: 0, width: canvas.width, height: canvas.height };
      const drawn = layer.draw(canvas.getContext("2d")!, view, box, palette);
      context.drawImage(canvas, 0, y, width, height);
      return drawn;
    },
  };
}

/** What a layer shows, and what its top and bottom stand for, left of it. */
function drawTitle(
  context: CanvasRenderingContext2D,
  { title, scale = [], height }: TimelineLayer,
  top: number,
  width: number,
): void {
  context.textBaseline = "middle";
  let scaleWidth = 0;
  context.textAlign = "right";
  context.fillStyle = printPalette.muted;
  for (const { text, y } of scale) {
    const inside = Math.min(Math.max(y, figureFontPx / 2), height - figureFontPx / 2);
    context.fillText(text, width - 6, top + inside);
    scaleWidth = Math.max(scaleWidth, context.measureText(text).width + gap);
  }
  context.textAlign = "left";
  context.fillStyle = printPalette.foreground;
  const room = width - 6 - scaleWidth;
  const middle = top + height / 2;
  const rows = wrapped(context, title, room).slice(0, Math.max(1, Math.floor(height / (figureFontPx + 2))));
  rows.forEach((row, k) =>
    context.fillText(row, 0, middle + (k - (rows.length - 1) / 2) * (figureFontPx + 2)),
  );
}

/** Words in lines that fit a width; a word that does not is cut. */
function wrapped(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const rows: string[] = [];
  for (const word of text.split(" ")) {
    const joined = rows.length > 0 ? `${rows.at(-1)!} ${word}` : word;
    if (rows.length > 0 && context.measureText(joined).width <= width) rows[rows.length - 1] = joined;
    else rows.push(cut(context, word, width));
  }
  return rows;
}

function cut(context: CanvasRenderingContext2D, word: string, width: number): string {
  if (context.measureText(word).width <= width) return word;
  let end = word.length;
  while (end > 1 && context.measureText(`${word.slice(0, end)}…`).width > width) end--;
  return `${word.slice(0, end)}…`;
}

function drawMark(
  context: CanvasRenderingContext2D,
  emotion: string,
  x: number,
  y: number,
  line: boolean,
): void {
  const look = emotionLook(emotion);
  if (look === undefined) return;
  if (line) {
    context.strokeStyle = look.colour;
    context.lineWidth = 1.5;
    context.setLineDash([...look.dash]);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + legendMark, y);
    context.stroke();
    context.setLineDash([]);
    return;
  }
  context.fillStyle = look.colour;
  context.fillRect(x, y - 5, legendMark, 10);
  context.strokeStyle = printPalette.foreground;
  context.lineWidth = 0.5;
  context.setLineDash([]);
  context.strokeRect(x, y - 5, legendMark, 10);
}
