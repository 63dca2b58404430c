import type { Host } from "../../host.ts";
import { isCounted } from "../../../shared/beq/counted.ts";
import { facetNames, facets, highestAnswer, lowestAnswer } from "../../../shared/beq/items.ts";
import { beqReliability, reliabilityWarnings } from "../../../shared/beq/reliability.ts";
import { scoreBeq, type BeqScore } from "../../../shared/beq/scoring.ts";
import type { StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { BarChart } from "../../components/BarChart.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Notice } from "../../components/Notice.tsx";
import { counted } from "../../../shared/text/counted.ts";

const scales = [...facets, "total"] as const;
type Scale = (typeof scales)[number];
const titles: Record<Scale, string> = { ...facetNames, total: "total" };
/** Scores in steps of one half; the last step holds the highest answer as well. */
const stepCount = 2 * (highestAnswer - lowestAnswer);

interface Scored {
  readonly participant: string;
  readonly score: BeqScore;
  readonly answers: (number | undefined)[];
}

/** Scores of the completed forms: how they are spread, how reliable the scales are, and each of them. */
export function Scores({ host, found }: { readonly host: Host; readonly found: StudyView }) {
  const without = found.participants.filter(
    (person) =>
      !isCounted(found, person) &&
      person.sessions.some(({ response }) => response?.completedAt !== undefined),
  ).length;
  const left = `${without === 1 ? "One participant has" : `${without} participants have`} a form and no consent, and ${without === 1 ? "is" : "are"} not counted until it is given.`;
  const scored = found.participants.flatMap((person) =>
    (isCounted(found, person) ? person.sessions : []).flatMap(({ response }): Scored[] => {
      if (response?.completedAt === undefined) return [];
      const answers = response.items.map((item) => item ?? undefined);
      return [{ participant: person.id, score: scoreBeq(answers), answers }];
    }),
  );
  if (scored.length === 0) return <p class="empty">{without > 0 ? left : "No form is completed yet."}</p>;
  const reliability = beqReliability(scored.map(({ answers }) => answers));
  const flagged = scored.filter(({ score }) => score.straightLined).length;
  const steps = Array.from({ length: stepCount }, (_, k) => lowestAnswer + k / 2);
  const counts = (scale: Scale) =>
    steps.map(
      (step, k) =>
        scored.filter(({ score }) => {
          const value = score[scale];
          return value !== undefined && value >= step && (value < step + 0.5 || k === stepCount - 1);
        }).length,
    );
  const ranges = steps.map((step) => `${step.toFixed(1)} to ${(step + 0.5).toFixed(1)}`);
  return (
    <div class="page">
      {without > 0 && <Notice kind="info">{left}</Notice>}
      {flagged > 0 && (
        <Notice kind="info">
          {flagged === 1 ? "One form has" : `${flagged} forms have`} the same answer everywhere: perhaps it
          was not read. Nothing is left out because of that.
        </Notice>
      )}
      <div class="score-grid">
        <BarChart
          host={host}
          label={`Scores of ${counted(scored.length, "form")}, from 1 to 7`}
          groups={steps.map((step) => step.toFixed(1))}
          series={facets.map((facet) => ({ title: titles[facet], values: counts(facet) }))}
          format={(count) => String(count)}
          axes={{ x: "score, from", y: "forms" }}
          counts
        />
        <DataTable
          caption="The chart in numbers: forms by score"
          rows={ranges.map((range, k) => ({ range, k }))}
          columns={[
            { title: "Score", cell: (row) => row.range },
            ...facets.map((facet) => ({
              title: titles[facet],
              number: true,
              cell: (row: { k: number }) => counts(facet)[row.k],
            })),
          ]}
        />
      </div>
      <DataTable
        caption="Reliability in this sample; no norms are implied"
        rows={scales.map((scale) => ({ scale, ...summary(scored, scale), ...reliability[scale] }))}
        columns={[
          { title: "Scale", cell: (row) => titles[row.scale] },
          { title: "Scored", number: true, cell: (row) => row.scored },
          { title: "Mean", number: true, cell: (row) => fixed(row.mean) },
          { title: "SD", number: true, cell: (row) => fixed(row.deviation) },
          { title: "Complete", number: true, cell: (row) => row.n },
          { title: "Cronbach's alpha", number: true, cell: (row) => fixed(row.alpha) },
          { title: "McDonald's omega", number: true, cell: (row) => fixed(row.omega) },
        ]}
      />
      {reliabilityWarnings(reliability).map((text) => (
        <Notice key={text} kind="info">
          {text}
        </Notice>
      ))}
      <DataTable
        caption="Scores of each form"
        rows={scored}
        columns={[
          { title: "Participant", cell: (row) => row.participant },
          ...scales.map((scale) => ({
            title: titles[scale],
            number: true,
            cell: (row: Scored) => fixed(row.score[scale]),
          })),
          { title: "Answered", number: true, cell: (row) => row.score.answered },
          { title: "Remark", cell: (row) => (row.score.straightLined ? "same answer everywhere" : "") },
        ]}
      />
    </div>
  );
}

/** How many forms have the score, and its mean and standard deviation. */
function summary(scored: readonly Scored[], scale: Scale) {
  const values = scored.flatMap(({ score }) => score[scale] ?? []);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    scored: values.length,
    mean: values.length > 0 ? mean : undefined,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : undefined,
  };
}

const fixed = (value: number | undefined): string => value?.toFixed(2) ?? "none";
