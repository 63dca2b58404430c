import { axes, placePoint, type Plot } from "./axes.ts";
import { area, drawing, line, text } from "./svg.ts";

/**
 * A share over time that holds for each step of it, as SVG with its axes.
 * @param shares of equal steps of `stepMs`
 * @param width of the drawing, in the unit of its text of 12
 */
export function stepsChart(
  title: string,
  yName: string,
  { shares, stepMs }: { readonly shares: readonly number[]; readonly stepMs: number },
  width: number,
): string {
  const height = Math.round(Math.min(0.5 * width, 240));
  const seconds = stepMs / 1000;
  const plot: Plot = {
    ...{ left: 52, top: 34, right: width - 12, bottom: height - 46 },
    x: { low: 0, high: Math.max(seconds * shares.length, seconds) },
    y: { low: 0, high: 1 },
  };
  const mean = shares.reduce((a, b) => a + b, 0) / Math.max(shares.length, 1);
  return drawing(
    width,
    height,
    `${title}: mean ${mean.toFixed(2)}. The numbers are in the table beside it.`,
    [
      text(14, 20, title, { kind: "title" }),
      ...axes(plot, { xName: "Time, s", yName, yTicks: [0, 0.5, 1] }),
      ...shares.map((share, i) =>
        area(
          [
            placePoint(plot, i * seconds, 0),
            placePoint(plot, i * seconds, share),
            placePoint(plot, (i + 1) * seconds, share),
            placePoint(plot, (i + 1) * seconds, 0),
          ],
          "band",
        ),
      ),
      line(placePoint(plot, 0, mean), placePoint(plot, plot.x.high, mean), "accent", {
        width: 1.5,
        dashed: true,
      }),
      text(plot.right, 20, `mean ${mean.toFixed(2)}`, { anchor: "end", kind: "muted" }),
    ],
  );
}
