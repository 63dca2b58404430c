import { useSignal } from "@preact/signals";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Tabs } from "../../components/Tabs.tsx";
import type { Playback } from "../../player/playback.ts";
import { EventTable } from "./EventTable.tsx";
import { Provenance } from "./Provenance.tsx";
import { Speed } from "./Speed.tsx";
import { Summary } from "./Summary.tsx";
import type { TimelineState } from "./timelineState.ts";

const tabs = [
  { id: "summary", title: "Summary" },
  { id: "events", title: "Events" },
  { id: "speed", title: "Speed" },
  { id: "provenance", title: "How it was made" },
] as const;

export interface DetailsProps {
  readonly analysis: Analysis;
  readonly timeline: TimelineState;
  readonly playback: Playback;
}

/** The tables of a result, one tab each. */
export function Details({ analysis, timeline, playback }: DetailsProps) {
  const current = useSignal<(typeof tabs)[number]["id"]>("summary");
  return (
    <Tabs label="Details" tabs={tabs} current={current.value} onChange={(id) => (current.value = id)}>
      {current.value === "summary" && <Summary analysis={analysis} playback={playback} />}
      {current.value === "events" && <EventTable events={timeline.events} playback={playback} />}
      {current.value === "speed" && <Speed analysis={analysis} />}
      {current.value === "provenance" && <Provenance analysis={analysis} />}
    </Tabs>
  );
}
