import { useSignal } from "@preact/signals";
import type { AnalysisEvent } from "../../../shared/protocol/results.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { Select } from "../../components/Select.tsx";
import { eventText } from "../../draw/eventText.ts";
import { formatTime } from "../../draw/timeView.ts";
import type { Playback } from "../../player/playback.ts";
import { eventTitles } from "./timelineGroups.ts";

/** A table of a thousand rows is slow to read and to draw; the export has all. */
const rowLimit = 500;

export interface EventTableProps {
  readonly events: readonly AnalysisEvent[];
  readonly playback: Playback;
}

/** The events of a clip; a row leads the player to its time. */
export function EventTable({ events, playback }: EventTableProps) {
  const kind = useSignal<AnalysisEvent["kind"] | "all">("all");
  const kinds = [...new Set(events.map((event) => event.kind))];
  const chosen = kind.value === "all" ? events : events.filter((event) => event.kind === kind.value);
  return (
    <>
      <div class="row">
        <Select
          label="Kind of event"
          value={kind.value}
          options={[
            { value: "all", text: "All kinds" },
            ...kinds.map((value) => ({ value, text: eventTitles[value] })),
          ]}
          onChange={(value) => (kind.value = value)}
        />
        {chosen.length > rowLimit && (
          <span class="muted">
            The first {rowLimit} of {chosen.length}; the CSV export has all.
          </span>
        )}
      </div>
      <DataTable
        caption="Events"
        empty="No events in this clip."
        rows={chosen.slice(0, rowLimit)}
        columns={[
          {
            title: "Start",
            cell: (event) => (
              <button type="button" class="link mono" onClick={() => playback.seek(event.startMs)}>
                {formatTime(event.startMs)}
              </button>
            ),
          },
          { title: "Kind", cell: (event) => eventTitles[event.kind] },
          { title: "Face", cell: (event) => event.track ?? "" },
          {
            title: "Lasts",
            number: true,
            cell: (event) => `${Math.round(event.endMs - event.startMs)} ms`,
          },
          { title: "Label", cell: (event) => eventText(event) },
          { title: "Strength", number: true, cell: (event) => event.value?.toPrecision(3) ?? "" },
        ]}
      />
    </>
  );
}
