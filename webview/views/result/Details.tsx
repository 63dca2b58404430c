import { signal } from "@preact/signals";
import type { Analysis } from "../../../shared/protocol/results.ts";
import type { FrameStore } from "../../data/frameStore.ts";
import type { Host } from "../../host.ts";
import { Tabs } from "../../components/Tabs.tsx";
import type { Playback } from "../../player/playback.ts";
import { EventTable } from "./EventTable.tsx";
import { People } from "./People.tsx";
import { Provenance } from "./Provenance.tsx";
import { Speed } from "./Speed.tsx";
import { Summary } from "./Summary.tsx";
import type { TimelineState } from "./timelineState.ts";

const tabs = [
  { id: "summary", title: "Summary" },
  { id: "events", title: "Events" },
  { id: "people", title: "People" },
  { id: "speed", title: "Speed" },
  { id: "provenance", title: "How it was made" },
] as const;

export interface DetailsProps {
  readonly host: Host;
  readonly analysis: Analysis;
  readonly timeline: TimelineState;
  readonly playback: Playback;
  readonly frames: FrameStore;
  readonly onCorrected: () => void;
}

/** The tab that was looked at last: results that are read anew show it again. */
const current = signal<(typeof tabs)[number]["id"]>("summary");

/** The tables of a result, one tab each. */
export function Details({ host, analysis, timeline, playback, frames, onCorrected }: DetailsProps) {
  return (
    <Tabs label="Details" tabs={tabs} current={current.value} onChange={(id) => (current.value = id)}>
      {current.value === "summary" && <Summary {...{ host, analysis, playback }} />}
      {current.value === "events" && <EventTable events={timeline.events} playback={playback} />}
      {current.value === "people" && <People {...{ host, analysis, playback, frames, onCorrected }} />}
      {current.value === "speed" && <Speed host={host} analysis={analysis} />}
      {current.value === "provenance" && <Provenance analysis={analysis} />}
    </Tabs>
  );
}
