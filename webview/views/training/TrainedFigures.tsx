import type { TrainedRun, TrainingFigures } from "../../../shared/protocol/training.ts";
import { matrixChart } from "../../../shared/charts/matrix.ts";
import { reliabilityChart } from "../../../shared/charts/reliability.ts";
import { FigureMenu, type SaveFigureProps } from "../../components/SaveFigure.tsx";
import { saveChart } from "../../draw/figure.ts";
import type { Host } from "../../host.ts";
import { PlotHover } from "../../components/PlotHover.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { estimate, FigureTable, LabelTable } from "../../components/FigureTables.tsx";
import { counted } from "../../../shared/text/counted.ts";

/** How one network did: figures with their intervals, by label, what is taken for what, calibration, and the surest mistakes. */
export function TrainedFigures({ host, run }: { readonly host: Host; readonly run: TrainedRun }) {
  const { figures } = run;
  const { ece } = figures;
  return (
    <section class="trained" aria-label={`Figures of ${run.network}`}>
      <p class="muted">
        {counted(figures.n, "sample")} of the {figures.part} part
        {figures.subjects !== undefined && `, ${counted(figures.subjects, "person")}`}. Intervals:{" "}
        {figures.intervalMethod}.
      </p>
      <div class="trained-columns">
        <FigureTable
          rows={[
            ["Accuracy", estimate(figures.accuracy.value, figures.accuracy.interval)],
            ["Macro-F1", estimate(figures.macroF1.value, figures.macroF1.interval)],
            ["UAR", estimate(figures.uar.value, figures.uar.interval)],
            ["Majority baseline", figures.majorityBaseline.toFixed(3)],
            ["ECE before calibration", ece.before.toFixed(3)],
            ["ECE after", `${ece.after.toFixed(3)} (temperature ${ece.temperature.toFixed(2)})`],
          ]}
        />
        <LabelTable perClass={figures.perClass} />
        <Confusion host={host} figures={figures} />
        <Reliability host={host} figures={figures} />
      </div>
      {run.seeds.length > 1 && (
        <DataTable
          caption="Seeds, each at its best epoch of the validation part"
          rows={run.seeds}
          columns={[
            { title: "Seed", number: true, cell: ({ seed }) => seed },
            { title: "Epoch", number: true, cell: ({ epoch }) => epoch },
            { title: "Loss", number: true, cell: ({ loss }) => loss.toFixed(3) },
            { title: "Accuracy", number: true, cell: ({ accuracy }) => accuracy.toFixed(3) },
            { title: "Macro-F1", number: true, cell: ({ macroF1 }) => macroF1.toFixed(3) },
          ]}
        />
      )}
      <Worst figures={figures} />
    </section>
  );
}

type Figures = { readonly host: Host; readonly figures: TrainingFigures };

function Confusion({ host, figures: { labels, confusion } }: Figures) {
  const title = "Confusion matrix";
  const make: SaveFigureProps["make"] = (size, format) =>
    saveChart(
      (across) =>
        matrixChart(
          {
            ...{ title, rows: "truth", columns: "answer", labels },
            cell: (i, k) => {
              const row = confusion[i]!;
              const sum = Math.max(
                row.reduce((a, b) => a + b, 0),
                1,
              );
              return { text: String(row[k]), share: row[k]! / sum };
            },
          },
          across,
        ),
      size,
      format,
    );
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label="Confusion matrix">
      <table class="confusion">
        <caption>
          {title}: the truth in rows, the answer in columns
          <FigureMenu host={host} name={title} make={make} />
        </caption>
        <thead>
          <tr>
            <td />
            {labels.map((label) => (
              <th key={label} scope="col" class="number">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, i) => {
            const sum = Math.max(
              row.reduce((a, b) => a + b, 0),
              1,
            );
            return (
              <tr key={labels[i]}>
                <th scope="row">{labels[i]}</th>
                {row.map((n, k) => (
                  <td key={labels[k]} class={i === k ? "number right" : "number"}>
                    <svg class="shade" aria-hidden="true">
                      <rect width="100%" height="100%" opacity={(0.45 * n) / sum} />
                    </svg>
                    <span>{n}</span>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Confidence against accuracy: bars on the diagonal are what calibration is. */
function Reliability({ host, figures: { reliability, part, n: samples } }: Figures) {
  const bins = reliability.length;
  const size = 160;
  const left = 30;
  const across = left + size + 6;
  const at = (share: number) => size * (1 - share);
  const binAt = (share: number) => {
    const bin = Math.floor(((share * across - left) / size) * bins);
    const found = reliability[bin];
    return (
      found && {
        share: (left + ((bin + 0.5) / bins) * size) / across,
        lines: [
          `sure ${(bin / bins).toFixed(2)} to ${((bin + 1) / bins).toFixed(2)}`,
          ...(found.n === 0
            ? ["no sample"]
            : [`right ${found.accuracy.toFixed(3)}`, counted(found.n, "sample")]),
        ],
      }
    );
  };
  return (
    <figure class="curve reliability">
      <figcaption>
        Reliability: how often it is right, by how sure it is
        <FigureMenu
          host={host}
          name="Reliability"
          make={(size, format) =>
            saveChart(
              (across) =>
                reliabilityChart(
                  "Reliability",
                  `${counted(samples, "sample")} of the ${part} part`,
                  reliability,
                  across,
                ),
              size,
              format,
            )
          }
        />
      </figcaption>
      <PlotHover at={binAt}>
        <svg
          viewBox={`${-left} -4 ${across} ${size + 26}`}
          role="img"
          aria-label="Reliability diagram. The table holds the same numbers."
        >
          <rect class="frame" x="0" y="0" width={size} height={size} />
          {reliability.map(
            ({ n, accuracy }, i) =>
              n > 0 && (
                <rect
                  key={i}
                  class="bar"
                  x={(i / bins) * size + 1}
                  width={size / bins - 2}
                  y={at(accuracy)}
                  height={size - at(accuracy)}
                />
              ),
          )}
          <line class="best" x1="0" y1={size} x2={size} y2="0" />
          {[0, 0.5, 1].map((share) => (
            <g key={share}>
              <text class="tick" x="-4" y={at(share) + 4} text-anchor="end">
                {share}
              </text>
              <text class="tick" x={share * size} y={size + 16} text-anchor="middle">
                {share}
              </text>
            </g>
          ))}
        </svg>
      </PlotHover>
      <details>
        <summary>Table</summary>
        <DataTable
          caption="Reliability"
          rows={reliability.filter(({ n }) => n > 0)}
          columns={[
            { title: "Confidence", number: true, cell: ({ confidence }) => confidence.toFixed(3) },
            { title: "Accuracy", number: true, cell: ({ accuracy }) => accuracy.toFixed(3) },
            { title: "n", number: true, cell: ({ n }) => n },
          ]}
        />
      </details>
    </figure>
  );
}

function Worst({ figures: { worst } }: Pick<Figures, "figures">) {
  if (worst.length === 0) return <p>Nothing of this part was answered wrongly.</p>;
  return (
    <section aria-label="The surest mistakes">
      <h3>The surest mistakes</h3>
      <ul class="worst">
        {worst.map(({ path, truth, said, probability, picture }) => (
          <li key={path}>
            {picture !== undefined && <img src={picture} alt="" />}
            <span>
              <strong>{truth}</strong>, said {said} <span class="mono">{probability.toFixed(2)}</span>
            </span>
            <span class="muted wrap">{path}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
