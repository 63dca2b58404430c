import type { AgreementOverTime } from "../../../shared/protocol/agreement.ts";
import { stepsChart } from "../../../shared/charts/steps.ts";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { saveChart } from "../../draw/figure.ts";
import type { Host } from "../../host.ts";
import { formatTime } from "../../draw/timeView.ts";
import { ScaledPlot } from "../../components/ScaledPlot.tsx";
import { TableHead } from "../../components/TableHead.tsx";

const width = 600;
const height = 60;

/** How much of the pairs say the same, over the time of each clip. */
export function AgreementPlot({
  host,
  rows,
}: {
  readonly host: Host;
  readonly rows: readonly AgreementOverTime[];
}) {
  if (rows.length === 0) return null;
  return (
    <section aria-label="Agreement over time">
      <h2>Over time</h2>
      {rows.map(({ clip, face, binMs, shares }) => {
        const name = face === undefined ? clip : `${clip}, face ${face}`;
        const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
        const x = (i: number) => (i / shares.length) * width;
        const y = (share: number) => 2 + (1 - share) * (height - 4);
        const steps = shares.map((share, i) => `L${x(i)},${y(share)}H${x(i + 1)}`).join("");
        const shareAt = (at: number) => {
          const i = Math.min(shares.length - 1, Math.max(0, Math.floor(at * shares.length)));
          return {
            share: at,
            lines: [
              `${formatTime(i * binMs)} to ${formatTime((i + 1) * binMs)}`,
              `${shares[i]!.toFixed(2)} of the pairs agree`,
            ],
          };
        };
        return (
          <figure class="agreement-plot" key={name}>
            <figcaption>
              {name}{" "}
              <span class="muted">
                mean {mean.toFixed(2)}; at the top all pairs say the same, at the bottom none
              </span>
              <FigureMenu
                host={host}
                name={`Agreement over time, ${name}`}
                make={(size, format) =>
                  saveChart(
                    (across) => stepsChart(name, "share that agrees", { shares, stepMs: binMs }, across),
                    size,
                    format,
                  )
                }
              />
            </figcaption>
            <ScaledPlot
              up={["1", "0"]}
              across={[formatTime(0), formatTime(shares.length * binMs)]}
              at={shareAt}
            >
              <svg
                viewBox={`0 0 ${width} ${height}`}
                preserveAspectRatio="none"
                role="img"
                aria-label={`${name}: share of pairs that agree over time, mean ${mean.toFixed(2)}`}
              >
                <rect x="0" y="0" width={width} height={height} />
                <path class="area" d={`M0,${height - 2}${steps}V${height - 2}Z`} />
                <path class="line" d={`M0,${y(shares[0] ?? 0)}${steps}`} />
              </svg>
            </ScaledPlot>
            <details>
              <summary>Table</summary>
              <div class="table-scroll">
                <table class="data">
                  <TableHead titles={["From", "Share that agrees"]} />
                  <tbody>
                    {shares.map((share, i) => (
                      <tr key={i}>
                        <th scope="row">{formatTime(i * binMs)}</th>
                        <td class="mono">{share.toFixed(2)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </details>
          </figure>
        );
      })}
    </section>
  );
}
