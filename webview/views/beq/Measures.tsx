import { counted } from "../../../shared/text/counted.ts";
import { useComputed, useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import { wholeClip } from "../../../shared/protocol/studyFile.ts";
import type { StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { getStudyNotebook, getStudyTable, type StudyTable } from "../../../shared/protocol/studyTable.ts";
import { notebookFiles } from "../../../shared/study/notebooks.ts";
import { PanelHost } from "../../host/panelHost.ts";
import { filterPeople } from "../../../shared/study/filterPeople.ts";
import { signalsOf, emotionSources, curveStatistics } from "../../../shared/study/measures.ts";
import { summarise, type Question } from "../../../shared/study/summary.ts";
import { summaryBlocks } from "../../../shared/study/summaryBlocks.ts";
import { codebook, tableCsv } from "../../../shared/study/tidyTable.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { errorText } from "../../data/text.ts";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { eventsOf, HowMeasured, settingsOf, type AskedSettings } from "./HowMeasured.tsx";
import { PeopleTable } from "./PeopleTable.tsx";
import { ReportPart } from "./ReportPart.tsx";

/** Means of a study's measures by condition and event, with each person's values. */
export function Measures({ host, found }: { readonly host: Host; readonly found: StudyView }) {
  const table = useSignal<StudyTable | undefined>(undefined);
  const settings = useSignal<AskedSettings>({ threshold: "0.5", baselineEvent: "", by: "condition" });
  const attempt = useAttempt();
  const measure = async (): Promise<void> => {
    const asked = settingsOf(settings.value);
    table.value = (await host.call(getStudyTable, { study: found.id, ...asked })).table;
  };
  const shown = table.value;
  const save = (name: string, text: string, type: string) => void host.save(name, new Blob([text], { type }));
  return (
    <div class="page">
      <p>
        Per person, condition and event: how much of each emotion face and voice showed, and how the person
        behaved, also minus the person at rest. Conditions and events stand under Clips.
      </p>
      <HowMeasured settings={settings} events={eventsOf(found, shown)} />
      <div class="row">
        <Button icon="table" disabled={attempt.busy} onClick={() => attempt.run(measure())}>
          {shown === undefined ? "Measure" : "Measure again"}
        </Button>
        {shown !== undefined && (
          <>
            <Button
              secondary
              icon="export"
              onClick={() => save(`${found.name}.csv`, [...tableCsv(shown)].join(""), "text/csv")}
            >
              Table, CSV
            </Button>
            <Notebook host={host} table={shown} />
            <Button
              secondary
              icon="book"
              onClick={() => save(`${found.name}.codebook.md`, codebook(shown), "text/markdown")}
            >
              Codebook
            </Button>
          </>
        )}
      </div>
      <Failure of={attempt} />
      {attempt.busy && <Waiting label="Reading the results of every clip" />}
      {shown !== undefined && shown.cells.length === 0 && (
        <p class="empty">No clip is a stimulus or has a condition yet. Link clips first.</p>
      )}
      {shown !== undefined && shown.cells.length > 0 && (
        <Answers key={shown.study.sha256} host={host} measured={table as ReadonlySignal<StudyTable>} />
      )}
    </div>
  );
}

/** In VS Code the notebook opens beside its table; in a browser both come as one ZIP, with a document for R. */
function Notebook({ host, table }: { readonly host: Host; readonly table: StudyTable }) {
  const { measure } = firstQuestion(table);
  if (host instanceof PanelHost)
    return (
      <Button
        secondary
        icon="notebook"
        onClick={() => host.openNotebook(table.study.name, notebookFiles(table, measure))}
      >
        Open in a notebook
      </Button>
    );
  const { path } = toHttp(getStudyNotebook, { study: table.study.id, ...table.settings, measure });
  return (
    <a class="download" href={path} download>
      Notebook, ZIP
    </a>
  );
}

interface AnswersProps {
  readonly host: Host;
  /** Another table of the same study leaves the question and who was left out as they are. */
  readonly measured: ReadonlySignal<StudyTable>;
}

function Answers({ host, measured }: AnswersProps) {
  const table = measured.value;
  const question = useSignal<Question>(firstQuestion(table));
  const left = useSignal<ReadonlySet<string>>(new Set());
  const filter = useSignal("");
  const among = useComputed(() => peopleAmong(measured.value, filter.value));
  const summary = useComputed(() =>
    summarise(measured.value, question.value, {
      people: new Set([...among.value.ids].filter((id) => !left.value.has(id))),
    }),
  );
  const blocks = useComputed(() => summaryBlocks(measured.value, question.value, summary.value));
  return (
    <article class="report">
      <QuestionFields table={table} question={question} />
      <div class="row">
        <TextField label="Filter people" placeholder="Filter people: p0 age>=30" text={filter} />
        <span class="muted" role="status">
          {among.value.fault ??
            `${among.value.ids.size} of ${counted(table.participants.length, "person", "people")}`}
        </span>
      </div>
      {blocks.value.map((block, k) => (
        <ReportPart key={k} host={host} block={block} />
      ))}
      <PeopleTable table={table} question={question.value} among={among.value.ids} left={left} />
      <details>
        <summary>What was left out</summary>
        <ul>
          {table.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </details>
    </article>
  );
}

/** Who passes a filter; of one that cannot be understood everybody, and why. */
function peopleAmong(table: StudyTable, filter: string): { ids: ReadonlySet<string>; fault?: string } {
  try {
    return { ids: new Set(filterPeople(table.participants, filter).map(({ id }) => id)) };
  } catch (error) {
    return { ids: new Set(table.participants.map(({ id }) => id)), fault: errorText(error) };
  }
}

/** The first measure that was measured, over whole clips. */
function firstQuestion({ measures, values }: StudyTable): Question {
  const wanted = ["face.valence.mean", "face.happy.mean", "voice.happy.mean"];
  const there = wanted.find((name) => {
    const column = measures.findIndex((one) => one.name === name);
    return values.some((row) => row[column] !== null);
  });
  return { measure: there ?? "behaviour.coverage", change: false, factor: "condition", within: wholeClip };
}

const sources = [...emotionSources, "behaviour"] as const;
type SourceName = (typeof sources)[number];
const sourceTitles: Record<SourceName, string> = {
  face: "Face",
  voice: "Voice",
  fused: "Face and voice",
  behaviour: "Behaviour",
};

function QuestionFields({
  table,
  question,
}: {
  readonly table: StudyTable;
  readonly question: Signal<Question>;
}) {
  const { measure, change, factor, within } = question.value;
  const [source, signal, statistic = "mean"] = measure.split(".") as [SourceName, string, string?];
  const signals =
    source === "behaviour"
      ? table.measures.flatMap((one) => (one.source === "behaviour" ? [one.signal] : []))
      : signalsOf(source);
  const ask = (more: Partial<Question>) => (question.value = { ...question.value, ...more });
  const name = (of: SourceName, which: string, how: string) =>
    of === "behaviour" ? `behaviour.${which}` : `${of}.${which}.${how}`;
  const others = factor === "condition" ? table.events : table.conditions;
  const options = (names: readonly string[]) =>
    names.map((value) => ({ value, text: value.replaceAll("_", " ") || "(none)" }));
  return (
    <div class="row" role="group" aria-label="What is shown">
      <Select
        label="Seen in"
        value={source}
        options={sources.map((value) => ({ value, text: sourceTitles[value] }))}
        onChange={(next) =>
          ask({
            measure:
              next === "behaviour"
                ? "behaviour.blinks"
                : name(next, source === "behaviour" ? "valence" : known(next, signal), statistic),
          })
        }
      />
      <Select
        label="Signal"
        value={signal}
        options={options(signals)}
        onChange={(next) => ask({ measure: name(source, next, statistic) })}
      />
      {source !== "behaviour" && (
        <Select
          label="Statistic"
          value={statistic}
          options={options(curveStatistics)}
          onChange={(next) => ask({ measure: name(source, signal, next) })}
        />
      )}
      <Select
        label="Compare"
        value={factor}
        options={[
          { value: "condition", text: "conditions" },
          { value: "event", text: "events" },
        ]}
        onChange={(next) =>
          ask({ factor: next, within: next === "condition" ? wholeClip : table.conditions[0] })
        }
      />
      <Select
        label={factor === "condition" ? "During" : "In condition"}
        value={within ?? ""}
        options={options(others)}
        onChange={(next) => ask({ within: next })}
      />
      <Checkbox label="Minus baseline" checked={change} onChange={(next) => ask({ change: next })} />
    </div>
  );
}

/** The same signal where the other source has it. */
const known = (source: Exclude<SourceName, "behaviour">, signal: string): string =>
  signalsOf(source).includes(signal) ? signal : "valence";
