import { useSignal, type Signal } from "@preact/signals";
import { AppError } from "../../../shared/errors.ts";
import { wholeClip } from "../../../shared/protocol/studyFile.ts";
import type { StudyView } from "../../../shared/protocol/studyRoutes.ts";
import { tableGrains, type StudyTable, type TableSettings } from "../../../shared/protocol/studyTable.ts";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";

/** How measures are made, as it is typed. */
export interface AskedSettings {
  readonly threshold: string;
  /** Empty: clips at rest are the baseline. */
  readonly baselineEvent: string;
  readonly by: TableSettings["by"];
}

/** @throws AppError `invalid_request` for a threshold that is none */
export function settingsOf({ threshold, baselineEvent, by }: AskedSettings): TableSettings {
  const value = Number(threshold.replace(",", "."));
  if (threshold.trim() === "" || !(value >= -1 && value <= 1))
    throw new AppError("invalid_request", "The threshold is a number from -1 to 1, such as 0.5.");
  return { threshold: value, by, ...(baselineEvent !== "" && { baselineEvent }) };
}

/** Names of events that the study has; those of interviews are known once it was measured. */
export function eventsOf({ participants }: StudyView, table: StudyTable | undefined): string[] {
  const typed = participants.flatMap(({ sessions }) =>
    sessions.flatMap(({ analyses }) => analyses.flatMap(({ spans = [] }) => spans.map(({ name }) => name))),
  );
  return [...new Set([...typed, ...(table?.events ?? [])])].filter((name) => name !== wholeClip);
}

const grains: Record<TableSettings["by"], string> = {
  condition: "condition",
  stimulus: "condition and stimulus",
  clip: "condition, stimulus and clip",
};

/** What a table is measured against, and what makes its rows. */
export function HowMeasured({
  settings,
  events,
}: {
  readonly settings: Signal<AskedSettings>;
  readonly events: readonly string[];
}) {
  const { threshold, baselineEvent, by } = settings.value;
  const ask = (more: Partial<AskedSettings>) => (settings.value = { ...settings.value, ...more });
  const typed = useSignal(threshold);
  return (
    <div class="row fields" role="group" aria-label="How it is measured">
      <label class="field">
        <span>Baseline</span>
        <Select
          label="Baseline"
          value={baselineEvent}
          options={[
            { value: "", text: "clips at rest" },
            ...events.map((value) => ({ value, text: `during ${value}` })),
          ]}
          onChange={(next) => ask({ baselineEvent: next })}
        />
      </label>
      <label class="field">
        <span>Rows by</span>
        <Select
          label="Rows by"
          value={by}
          options={tableGrains.map((value) => ({ value, text: grains[value] }))}
          onChange={(next) => ask({ by: next })}
        />
      </label>
      <div class="field">
        <span aria-hidden="true">Share of time over</span>
        <TextField
          label="Threshold of the share of time"
          text={typed}
          onInput={() => ask({ threshold: typed.value })}
        />
      </div>
    </div>
  );
}
