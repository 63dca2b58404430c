import { percent } from "../../../shared/text/percent.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { blockMs } from "../../data/compareSeries.ts";
import { formatTime } from "../../draw/timeView.ts";
import type { ComparedEyes, ComparedThing, SetupDifference } from "./comparison.ts";

export interface CompareFiguresProps {
  readonly names: readonly [string, string];
  readonly things: readonly ComparedThing[];
  /** The one whose emotions are listed. */
  readonly thing: ComparedThing;
  readonly eyes: readonly ComparedEyes[];
  readonly setup: readonly SetupDifference[];
  readonly onChoose: (id: string) => void;
}

/** How far two results agree, in numbers, and in what they were made differently. */
export function CompareFigures({ names, things, thing, eyes, setup, onChoose }: CompareFiguresProps) {
  const signed = (value: number) => `${value > 0 ? "+" : ""}${percent(value, 1)}`;
  return (
    <section class="compare-figures" aria-label="Figures">
      <h2>How far they agree</h2>
      <DataTable
        caption="Everything that both results speak about"
        rows={things}
        columns={[
          {
            title: "Of",
            cell: ({ id, title }) => (
              <button type="button" class="link" aria-pressed={id === thing.id} onClick={() => onChoose(id)}>
                {title}
              </button>
            ),
          },
          { title: "Compared", number: true, cell: ({ compared }) => formatTime(compared.comparedMs, 100) },
          {
            title: "Same emotion leads",
            number: true,
            cell: ({ compared }) => percent(compared.sameEmotion, 1),
          },
          {
            title: "Mean difference",
            number: true,
            cell: ({ compared }) => percent(compared.distance, 1),
          },
        ]}
      />
      <DataTable
        caption={`${thing.title}: mean probabilities`}
        rows={thing.compared.emotions}
        columns={[
          { title: "Emotion", cell: ({ label }) => label },
          { title: names[0], number: true, cell: ({ first }) => percent(first, 1) },
          { title: names[1], number: true, cell: ({ second }) => percent(second, 1) },
          {
            title: "Second minus first",
            number: true,
            cell: ({ first, second }) => signed(second - first),
          },
          {
            title: "95 % interval",
            number: true,
            cell: ({ interval }) =>
              interval === undefined
                ? "too short for one"
                : `${signed(interval[0])} to ${signed(interval[1])}`,
          },
        ]}
      />
      <p class="muted">
        The difference of a moment is half the sum of the differences of all probabilities: 0 % says the same,
        100 % nothing in common. Intervals are over stretches of {blockMs / 1000} s of this clip; they say
        nothing of other clips or people.
      </p>
      {eyes.length > 0 && (
        <DataTable
          caption="Blinks and gaze"
          rows={eyes.flatMap(eyeRows)}
          columns={[
            { title: "Of", cell: ({ of }) => of },
            { title: "What", cell: ({ what }) => what },
            { title: names[0], number: true, cell: ({ first }) => first },
            { title: names[1], number: true, cell: ({ second }) => second },
            { title: "Second minus first", number: true, cell: ({ difference }) => difference },
          ]}
        />
      )}
      <h2>In what they were made differently</h2>
      <DataTable
        caption="Settings, networks and versions that differ"
        empty="Nothing: both were made the same way."
        rows={setup}
        columns={[
          { title: "What", cell: ({ what }) => what },
          { title: names[0], cell: (one) => one.first },
          { title: names[1], cell: (one) => one.second },
        ]}
      />
    </section>
  );
}

interface EyeRow {
  readonly of: string;
  readonly what: string;
  readonly first: string;
  readonly second: string;
  readonly difference: string;
}

const none = "not measured";

/** Blinks, gaze away and how far the directions of gaze are apart, as rows. */
function eyeRows({ title, compared }: ComparedEyes): EyeRow[] {
  const { blinks, blinksPerMinute, gaze } = compared;
  const row = (
    what: string,
    [first, second]: readonly [number | undefined, number | undefined],
    text: (value: number) => string,
  ): EyeRow => {
    const shown = (value: number | undefined) => (value === undefined ? none : text(value));
    const difference =
      first === undefined || second === undefined
        ? ""
        : `${second > first ? "+" : ""}${text(second - first)}`;
    return { of: title, what, first: shown(first), second: shown(second), difference };
  };
  return [
    row("Blinks", blinks, String),
    row("Blinks a minute", blinksPerMinute, (value) => value.toFixed(1)),
    ...(gaze === undefined
      ? []
      : [
          row("Gaze away", gaze.away, (value) => percent(value, 1)),
          {
            ...{ of: title, what: "Both say the same of that", first: "", second: "" },
            difference: percent(gaze.sameAway, 1),
          },
          {
            ...{ of: title, what: "Directions of gaze apart, mean", first: "", second: "" },
            difference: `${gaze.apartDeg.toFixed(1)}°`,
          },
        ]),
  ];
}
