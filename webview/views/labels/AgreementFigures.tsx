import { matrixChart, type MatrixOptions } from "../../../shared/charts/matrix.ts";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { saveChart } from "../../draw/figure.ts";
import type { Host } from "../../host.ts";
import type { IntervalTierAgreement, TierAgreement } from "../../../shared/protocol/agreement.ts";

interface FiguresProps {
  readonly host: Host;
  readonly tier: TierAgreement;
  readonly annotators: readonly string[];
}

/** The figures of a tier: of all, of each pair as a matrix, by label, and what is taken for what. */
export function AgreementFigures({ host, tier, annotators }: FiguresProps) {
  if (tier.kind === "interval") return <IntervalFigures host={host} tier={tier} annotators={annotators} />;
  if (tier.kind === "point")
    return (
      <>
        <Matrix
          host={host}
          title={`F1 of moments within ${tier.toleranceMs} ms`}
          annotators={annotators}
          pairs={tier.pairs.map(({ a, b, f1 }) => ({ a, b, value: f1 }))}
        />
        <Reasons reasons={tier.pairs.map(({ reason }) => reason)} />
      </>
    );
  const { icc, alpha } = tier;
  return (
    <>
      <Figures
        rows={[
          ["ICC(2,1)", icc.icc21, null],
          ["ICC(2,k)", icc.icc2k, null],
          ["ICC(3,1)", icc.icc31, null],
          ["ICC(3,k)", icc.icc3k, null],
          ["Krippendorff's alpha", alpha.value, alpha.interval],
        ]}
      />
      <Matrix
        host={host}
        title="Concordance correlation"
        annotators={annotators}
        pairs={tier.pairs.map(({ a, b, ccc }) => ({ a, b, value: ccc }))}
      />
      <Reasons reasons={[icc.reason, alpha.reason, ...tier.pairs.map(({ reason }) => reason)]} />
    </>
  );
}

function IntervalFigures({
  host,
  tier,
  annotators,
}: {
  readonly host: Host;
  readonly tier: IntervalTierAgreement;
  readonly annotators: readonly string[];
}) {
  const { time, events, confusion } = tier;
  return (
    <>
      <div class="agreement-columns">
        <Figures
          rows={[
            ["Fleiss' kappa", time.fleiss.kappa, time.fleiss.interval],
            ["Krippendorff's alpha", time.alpha.value, time.alpha.interval],
            ["gamma", events.gamma.value, events.gamma.interval],
          ]}
        />
        <Matrix
          host={host}
          title="Kappa over time"
          annotators={annotators}
          pairs={time.pairs.map(({ a, b, kappa }) => ({ a, b, value: kappa }))}
        />
        <Matrix
          host={host}
          title="F1 of segments"
          annotators={annotators}
          pairs={events.pairs.map(({ a, b, f1At50 }) => ({ a, b, value: f1At50 }))}
        />
        <table class="data">
          <caption>By label: kappa against all others</caption>
          <tbody>
            {time.perLabel.map(({ label, kappa, reason }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td class="mono" title={reason}>
                  {shown(kappa)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Reasons
        reasons={[
          time.fleiss.reason,
          time.alpha.reason,
          events.gamma.reason,
          ...time.pairs.map((one) => one.reason),
        ]}
      />
      <Confusion host={host} {...confusion} />
    </>
  );
}

type Row = readonly [name: string, value: number | null, interval: readonly [number, number] | null];

function Figures({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <table class="data">
      <caption>All annotators</caption>
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col">Value</th>
          <th scope="col">95 %</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value, interval]) => (
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
              cell: (row, column) => {
                const own = counts[used[row]!]!;
                const n = own[used[column]!]!;
                return {
                  text: String(n),
                  share:
                    n /
                    Math.max(
                      1,
                      own.reduce((a, b) => a + b, 0),
                    ),
                };
              },
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
            const sum = counts[i]!.reduce((a, b) => a + b, 0);
            return (
              <tr key={labels[i]}>
                <th scope="row">{labels[i]}</th>
                {used.map((k) => (
                  <Shaded
                    key={labels[k]}
                    share={counts[i]![k]! / Math.max(1, sum)}
                    text={String(counts[i]![k]!)}
                  />
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

function Reasons({ reasons }: { readonly reasons: readonly (string | undefined)[] }) {
  const told = [...new Set(reasons.flatMap((one) => one ?? []))];
  if (told.length === 0) return null;
  return (
    <ul class="notes">
      {told.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}

const shown = (value: number | null): string => (value === null ? "not defined" : value.toFixed(2));
