import { curvesChart } from "../../../shared/charts/curves.ts";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { saveChart } from "../../draw/figure.ts";
import type { Host } from "../../host.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { PlotHover } from "../../components/PlotHover.tsx";
import type { CurvePoint, Curves } from "../../data/curves.ts";

const [width, height, left, bottom, top] = [360, 180, 44, 22, 10];

interface CurvePlotProps {
  readonly host: Host;
  readonly title: string;
  readonly curves: Curves;
  /** Epochs that there will be at most. */
  readonly epochs: number;
  /** A share: the axis goes from 0 to 1. */
  readonly share?: boolean;
  /** The best epoch of the seed that is kept, once that is known. */
  readonly best?: number | undefined;
}

/** A figure by epoch: a line for validation, a dashed one for what is learned from, seeds as a band around each. */
export function CurvePlot({ host, title, curves, epochs, share = false, best }: CurvePlotProps) {
  const all = [...curves.validation, ...curves.train];
  const greatest = share ? 1 : Math.max(...all.map(({ high }) => high), 1e-6);
  const last = Math.max(2, Math.min(epochs, Math.max(10, Math.ceil((1.25 * lastOf(all)) / 5) * 5)));
  const x = (epoch: number) => left + ((epoch - 1) / (last - 1)) * (width - left - 8);
  const y = (value: number) => top + (1 - value / greatest) * (height - top - bottom);
  const newest = curves.validation.at(-1);
  const trained = new Map(curves.train.map((point) => [point.epoch, point]));
  /** The epoch nearest to the pointer. */
  const pointAt = (share: number) => {
    const epoch = Math.round(1 + ((share * width - left) / (width - left - 8)) * (last - 1));
    const point = curves.validation.find((one) => one.epoch === epoch);
    const train = trained.get(epoch);
    return (
      point && {
        share: x(epoch) / width,
        lines: [
          `Epoch ${epoch}`,
          `Validation ${valueText(point)}`,
          ...(train === undefined ? [] : [`Training ${valueText(train)}`]),
        ],
      }
    );
  };
  return (
    <figure class="curve">
      <figcaption>
        {title}
        {newest !== undefined && <span class="muted"> {newest.mean.toFixed(3)}</span>}
        <FigureMenu
          host={host}
          name={`${title} by epoch`}
          make={(size, format) =>
            saveChart(
              (across) =>
                curvesChart(
                  {
                    ...{ title: `${title} by epoch`, xName: "Epoch", yName: title, share },
                    first: { name: "validation", values: valuesOf(curves.validation) },
                    second: { name: "training", values: valuesOf(curves.train) },
                    mark: best === undefined ? undefined : { at: best, name: "kept" },
                  },
                  across,
                ),
              size,
              format,
            )
          }
        />
      </figcaption>
      <PlotHover at={pointAt}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${title} by epoch${newest === undefined ? "" : `, now ${newest.mean.toFixed(3)}`}. The table holds the same numbers.`}
        >
          {[0, 0.5, 1].map((part) => (
            <g key={part}>
              <line class="grid" x1={left} x2={width - 8} y1={y(part * greatest)} y2={y(part * greatest)} />
              <text class="tick" x={left - 6} y={y(part * greatest) + 4} text-anchor="end">
                {(part * greatest).toFixed(2)}
              </text>
            </g>
          ))}
          {[1, Math.round((1 + last) / 2), last].map((epoch) => (
            <text class="tick" key={epoch} x={x(epoch)} y={height - 6} text-anchor="middle">
              {epoch}
            </text>
          ))}
          {best !== undefined && best <= last && (
            <line class="best" x1={x(best)} x2={x(best)} y1={top} y2={height - bottom} />
          )}
          <path class="band train" d={band(curves.train, x, y)} />
          <path class="band" d={band(curves.validation, x, y)} />
          <path class="line train" d={line(curves.train, x, y)} />
          <path class="line" d={line(curves.validation, x, y)} />
        </svg>
      </PlotHover>
      <details>
        <summary>Table</summary>
        <DataTable
          caption={`${title} by epoch`}
          rows={curves.validation}
          columns={[
            { title: "Epoch", number: true, cell: ({ epoch }) => epoch },
            { title: "Validation", number: true, cell: valueText },
            ...(curves.train.length > 0
              ? [
                  {
                    title: "Training",
                    number: true,
                    cell: ({ epoch }: CurvePoint) => {
                      const train = trained.get(epoch);
                      return train === undefined ? "" : valueText(train);
                    },
                  },
                ]
              : []),
          ]}
        />
      </details>
    </figure>
  );
}

const valuesOf = (points: readonly CurvePoint[]) =>
  points.map(({ epoch, mean, low, high }) => ({ at: epoch, mean, low, high }));

type Scale = (value: number) => number;

const lastOf = (points: readonly CurvePoint[]) =>
  points.reduce((most, { epoch }) => Math.max(most, epoch), 1);

function line(points: readonly CurvePoint[], x: Scale, y: Scale): string {
  const steps = points.map(({ epoch, mean }) => `${x(epoch).toFixed(1)},${y(mean).toFixed(1)}`);
  // A single point is drawn as a dot, by the round end of a line without length.
  return steps.length === 0 ? "" : `M${steps.join("L")}${steps.length === 1 ? "h0" : ""}`;
}

function band(points: readonly CurvePoint[], x: Scale, y: Scale): string {
  if (points.every(({ seeds }) => seeds < 2)) return "";
  const edge = (pick: (point: CurvePoint) => number) =>
    points.map((point) => `${x(point.epoch).toFixed(1)},${y(pick(point)).toFixed(1)}`);
  return `M${edge(({ high }) => high).join("L")}L${edge(({ low }) => low)
    .toReversed()
    .join("L")}Z`;
}

function valueText({ mean, low, high, seeds }: CurvePoint): string {
  return seeds < 2 ? mean.toFixed(3) : `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
