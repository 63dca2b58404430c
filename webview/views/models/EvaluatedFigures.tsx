import type { Evaluated, Evaluation, GroupFigures } from "../../../shared/protocol/evaluations.ts";
import type { Chart } from "../../../shared/charts/chart.ts";
import { drawChart } from "../../../shared/charts/drawChart.ts";
import { counted } from "../../../shared/text/counted.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { ScaledPlot } from "../../components/ScaledPlot.tsx";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { saveChart } from "../../draw/figure.ts";
import type { Host } from "../../host.ts";
import { estimate, FigureTable, LabelTable } from "../../components/FigureTables.tsx";

/** What came out of an evaluation or a calibration. */
export function EvaluatedFigures({
  host,
  evaluated,
}: {
  readonly host: Host;
  readonly evaluated: Evaluated;
}) {
  if (evaluated.kind === "figures") return <Figures host={host} figures={evaluated.figures} />;
  const { calibration, notes, model } = evaluated;
  return (
    <div role="status">
      <p>
        {model} is calibrated to {counted(calibration.n, "file")}
        {calibration.subjects !== undefined && ` of ${counted(calibration.subjects, "person")}`}: temperature{" "}
        {calibration.temperature.toFixed(3)}; calibration error {calibration.ece.before.toFixed(3)} before,{" "}
        {calibration.ece.after.toFixed(3)} after, on persons that the fit did not see. Every later result
        names it.
      </p>
      <Notes notes={notes} />
    </div>
  );
}

function Figures({ host, figures }: { readonly host: Host; readonly figures: Evaluation }) {
  const { groups, comparison, unreadable } = figures;
  return (
    <section aria-label={`Figures of ${figures.model}`} role="status">
      <p class="muted">
        {counted(figures.n, "file")}
        {figures.missed > 0 && `, ${figures.missed} of them without a face`}. Intervals:{" "}
        {figures.intervalMethod}.
      </p>
      <div class="trained-columns">
        <FigureTable
          rows={[
            ["Accuracy", estimate(figures.accuracy, figures.accuracyInterval)],
            ["Macro-F1", figures.macroF1.toFixed(3)],
            ["UAR", figures.uar.toFixed(3)],
            ["Majority baseline", figures.majorityBaseline.toFixed(3)],
            ["ECE", figures.ece?.toFixed(3) ?? "none was answered"],
          ]}
        />
        <LabelTable perClass={figures.perClass} />
      </div>
      {comparison !== undefined && (
        <DataTable
          caption={`Less those of ${comparison.against}, on ${counted(comparison.n, "file")} (the same; McNemar's exact test: p ${text(comparison.mcnemar.p)})`}
          rows={Object.entries(comparison.difference)}
          columns={[
            { title: "Figure", cell: ([name]) => name },
            {
              title: "Difference (95 % interval)",
              number: true,
              cell: ([, { value, interval }]) => estimate(value, interval),
            },
          ]}
        />
      )}
      {groups !== undefined && <ByGroup host={host} groups={groups.groups} overall={figures.accuracy} />}
      <Notes
        notes={[
          ...figures.notes,
          ...(groups?.notes ?? []),
          ...(unreadable.count > 0 ? [`${counted(unreadable.count, "file")} could not be read.`] : []),
        ]}
      />
    </section>
  );
}

/** Accuracy of each group with its interval, against that of all; groups that are too small to be judged are grey and say so. */
function ByGroup({
  host,
  groups,
  overall,
}: {
  readonly host: Host;
  readonly groups: readonly GroupFigures[];
  readonly overall: number;
}) {
  const height = 22 * groups.length;
  const at = (share: number) => 100 * share;
  const groupAt = (_: number, down: number) => {
    const found = groups[Math.min(groups.length - 1, Math.max(0, Math.floor(down * groups.length)))];
    return (
      found && {
        share: found.accuracy,
        lines: [
          nameOf(found.group),
          `accuracy ${estimate(found.accuracy, found.accuracyInterval)}`,
          `${counted(found.n, "file")}${found.small ? ", too few to be judged" : ""}`,
        ],
      }
    );
  };
  return (
    <>
      <h3>
        By group
        <FigureMenu
          host={host}
          name="Accuracy by group"
          make={(size, format) =>
            saveChart((width) => drawChart(groupChart(groups, overall), width), size, format)
          }
        />
      </h3>
      <div class="fairness">
        <ScaledPlot across={["0", "0.5", "1"]} at={groupAt}>
          <svg
            viewBox={`0 0 100 ${height}`}
            preserveAspectRatio="none"
            style={{ height: `${height}px` }}
            role="img"
            aria-label="Accuracy of each group with its interval. The table holds the same numbers."
          >
            <line class="best" x1={at(overall)} x2={at(overall)} y1="0" y2={height} />
            {groups.map(
              ({ group, accuracy, accuracyInterval: [low, high] = [accuracy, accuracy], small }, i) => (
                <g key={nameOf(group)} class={small ? "small" : ""}>
                  <rect x={at(low)} width={Math.max(0.4, at(high) - at(low))} y={22 * i + 9} height="4" />
                  <rect class="value" x={at(accuracy) - 0.4} width="0.8" y={22 * i + 4} height="14" />
                </g>
              ),
            )}
          </svg>
        </ScaledPlot>
        <ul style={{ lineHeight: "22px" }} aria-hidden="true">
          {groups.map(({ group, small }) => (
            <li key={nameOf(group)} class={small ? "muted" : ""}>
              {nameOf(group)}
              {small && " (too few)"}
            </li>
          ))}
        </ul>
      </div>
      <DataTable
        caption="Groups and intersections; each is tested against all others by permutation of persons, p adjusted by Holm"
        rows={groups}
        columns={[
          { title: "Group", cell: ({ group }) => nameOf(group) },
          { title: "Files", number: true, cell: ({ n }) => n },
          { title: "Persons", number: true, cell: ({ subjects }) => subjects },
          {
            title: "Accuracy (95 % interval)",
            number: true,
            cell: ({ accuracy, accuracyInterval }) => estimate(accuracy, accuracyInterval),
          },
          {
            title: "UAR (95 % interval)",
            number: true,
            cell: ({ uar, uarInterval }) => estimate(uar, uarInterval),
          },
          {
            title: "Against all others",
            number: true,
            cell: ({ difference, small }) =>
              small ? "too few to be judged" : difference === undefined ? "" : signed(difference),
          },
          { title: "p", number: true, cell: ({ p }) => (p === undefined ? "" : text(p)) },
          { title: "p (Holm)", number: true, cell: ({ pHolm }) => (pHolm === undefined ? "" : text(pHolm)) },
        ]}
      />
    </>
  );
}

/** The same for print. */
const groupChart = (groups: readonly GroupFigures[], overall: number): Chart => ({
  ...{ kind: "forest", title: "Accuracy by group", reference: overall },
  xName: `accuracy, 95 % interval; the line: of all, ${overall.toFixed(2)}`,
  ...{ range: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1] },
  rows: groups.map(({ group, accuracy: value, accuracyInterval: interval, small }) => ({
    ...{ name: nameOf(group) + (small ? " (too few)" : ""), value },
    ...(interval && { interval }),
  })),
});

function Notes({ notes }: { readonly notes: readonly string[] }) {
  return (
    <ul class="notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

const nameOf = (group: Readonly<Record<string, string>>): string =>
  Object.entries(group)
    .map(([column, value]) => `${column} ${value}`)
    .join(", ");

const signed = (value: number): string => (value >= 0 ? "+" : "") + value.toFixed(3);
const text = (p: number): string => (p < 0.001 ? "< .001" : p.toFixed(3));
