import { matrixChart, type MatrixOptions } from "../../../shared/charts/matrix.ts";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { saveChart } from "../../draw/figure.ts";
import type { Host } from "../../host.ts";
import {
  mainOf,
  reasonsOf,
  shownAgreement,
  type ShownFigure,
} from "../../../shared/labels/agreement/figures.ts";
import type { IntervalTierAgreement, TierAgreement } from "../../../shared/protocol/agreement.ts";
import { TableHead } from "../../components/TableHead.tsx";

interface FiguresProps {
  readonly host: Host;
  readonly tier: TierAgreement;
  readonly annotators: readonly string[];
}

/** The figures of a tier: of all, of each pair as a matrix, by label, and what is taken for what. */
export function AgreementFigures({ host, tier, annotators }: FiguresProps) {
  const agreement = shownAgreement(tier);
  const { overall, pairs, perLabel, confusion } = agreement;
  const reasons = reasonsOf(agreement);
  return (
    <>
      <div class="agreement-columns">
        {overall.length > 0 && <Figures figures={overall} />}
        {pairs.map((table) => (
          <Matrix
            key={table.caption}
            host={host}
            title={`${table.caption}: ${table.main}`}
            annotators={annotators}
            pairs={table.pairs.map((pair) => ({ a: pair.a, b: pair.b, value: mainOf(table, pair) }))}
          />
        ))}
        {perLabel.length > 0 && <PerLabel figures={perLabel} />}
      </div>
      {reasons.length > 0 && (
        <ul class="notes">
          {reasons.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      )}
      {confusion !== undefined && <Confusion host={host} {...confusion} />}
    </>
  );
}

function PerLabel({ figures }: { readonly figures: readonly ShownFigure[] }) {
  return (
    <table class="data">
      <caption>By label: kappa against all others</caption>
      <tbody>
        {figures.map(({ name, value, reason }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="mono" title={reason}>
              {shown(value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Figures({ figures }: { readonly figures: readonly ShownFigure[] }) {
  return (
    <table class="data">
      <caption>All annotators</caption>
      <TableHead titles={["Figure", "Value", "95 %"]} />
      <tbody>
        {figures.map(({ name, value, interval = null }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="mono">{shown(value)}</td>
            <td class="mono">
              {interval === null ? "" : interval.map((end) => end.toFixed(2)).join(" to ")}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface MatrixProps {
  readonly host: Host;
  readonly title: string;
  readonly annotators: readonly string[];
  readonly pairs: readonly { readonly a: string; readonly b: string; readonly value: number | null }[];
}

function Matrix({ host, title, annotators, pairs }: MatrixProps) {
  const of = (a: string, b: string) =>
    pairs.find((pair) => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a));
  const cell = (i: number, k: number) => {
    const value = i === k ? undefined : of(annotators[i]!, annotators[k]!)?.value;
    return value === undefined ? undefined : { text: shown(value), share: value ?? 0 };
  };
  return (
    <table class="data matrix">
      <caption>
        {title}
        <MatrixMenu
          host={host}
          chart={{ title, rows: "annotator", columns: "annotator", labels: annotators, cell }}
        />
      </caption>
      <thead>
        <tr>
          <td />
          {annotators.map((one) => (
            <th scope="col" key={one}>
              {one}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {annotators.map((a) => (
          <tr key={a}>
            <th scope="row">{a}</th>
            {annotators.map((b) => {
              const pair = of(a, b);
              return a === b || pair === undefined ? (
                <td key={b} />
              ) : (
                <Shaded key={b} share={pair.value ?? 0} text={shown(pair.value)} />
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Saves a matrix as a figure. */
function MatrixMenu({ host, chart }: { readonly host: Host; readonly chart: MatrixOptions }) {
  return (
    <FigureMenu
      host={host}
      name={chart.title}
      make={(size, format) => saveChart((across) => matrixChart(chart, across), size, format)}
    />
  );
}

function Confusion({ host, labels, counts }: IntervalTierAgreement["confusion"] & { readonly host: Host }) {
  const used = labels
    .map((_, i) => i)
    .filter((i) => counts.some((row, k) => (k === i ? row : [row[i]!]).some((n) => n > 0)));
  const sums = counts.map((row) => row.reduce((a, b) => a + b, 0));
  const cellOf = (i: number, k: number) => ({
    text: String(counts[i]![k]!),
    share: counts[i]![k]! / Math.max(1, sums[i]!),
  });
  return (
    <div class="table-scroll">
      <table class="data matrix">
        <caption>
          Who says what: steps of time over all pairs; rows the first, columns the second of a pair
          <MatrixMenu
            host={host}
            chart={{
              ...{ title: "Who says what", rows: "first of a pair", columns: "second of a pair" },
              labels: used.map((i) => labels[i]!),
              cell: (row, column) => cellOf(used[row]!, used[column]!),
            }}
          />
        </caption>
        <thead>
          <tr>
            <td />
            {used.map((i) => (
              <th scope="col" key={labels[i]}>
                {labels[i]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {used.map((i) => {
            return (
              <tr key={labels[i]}>
                <th scope="row">{labels[i]}</th>
                {used.map((k) => (
                  <Shaded key={labels[k]} {...cellOf(i, k)} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A number with a bar below it: never colour alone. */
function Shaded({ share, text }: { readonly share: number; readonly text: string }) {
  return (
    <td class="mono shaded">
      {text}
      <span class="shade" style={{ width: `${100 * Math.min(Math.max(share, 0), 1)}%` }} />
    </td>
  );
}

const shown = (value: number | null): string => (value === null ? "not defined" : value.toFixed(2));
