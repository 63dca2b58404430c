import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { personTitle, voiceTitle } from "../../../shared/people/title.ts";
import {
  addCorrection,
  getCorrections,
  undoCorrection,
  type Correction,
  type CorrectionEntry,
} from "../../../shared/protocol/corrections.ts";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { authorKey, keep, kept } from "../../data/kept.ts";
import { dateTime } from "../../data/text.ts";
import { formatTime } from "../../draw/timeView.ts";
import type { FrameStore } from "../../data/frameStore.ts";
import type { Host } from "../../host.ts";
import { placeOfFace } from "./placeOfFace.ts";
import type { Playback } from "../../player/playback.ts";
import { correctionText } from "./correctionText.ts";
import { PersonForm, type FormProps } from "./PersonForm.tsx";

export interface PeopleProps {
  readonly host: Host;
  readonly analysis: Analysis;
  readonly playback: Playback;
  readonly frames: FrameStore;
  /** The results are others now. */
  readonly onCorrected: () => void;
}

/** Says whom the faces and voices of a clip belong to. Measured lines stay; every figure and export follows. */
export function People({ host, analysis, playback, frames, onCorrected }: PeopleProps) {
  const { id, tracks, voices = [] } = analysis;
  const entries = useSignal<readonly CorrectionEntry[]>([]);
  const attempt = useAttempt();
  const by = useSignal(kept(authorKey) ?? "");
  useEffect(() => {
    attempt.run(host.call(getCorrections, { id }).then((answer) => (entries.value = answer.entries)));
  }, [host, id]);
  const correct = (work: Promise<{ entries: readonly CorrectionEntry[] }>): void => {
    keep(authorKey, by.value);
    attempt.run(
      work.then((answer) => {
        entries.value = answer.entries;
        onCorrected();
      }),
    );
  };
  const who = () => by.value.trim() || "unknown";
  const add = (correction: Correction) => correct(host.call(addCorrection, { id, by: who(), correction }));
  const form = { tracks, voices, playback, add, busy: attempt.busy };
  const placeOf = (track: number) => placeOfFace(analysis, frames, track, playback.timeMs.value);
  return (
    <div class="people">
      <p class="muted">
        What is said here is kept beside the results, with who said it and when; the measured lines stay as
        they are. Figures, tables and exports follow.
      </p>
      <div class="row">
        <TextField label="Your name" text={by} placeholder="initials" />
      </div>
      {tracks.length > 0 && <PersonForm kind="face" placeOf={placeOf} {...form} />}
      {voices.length > 0 && <PersonForm kind="voice" {...form} />}
      <SpanForm {...form} />
      <Failure of={attempt} />
      <DataTable
        caption="Corrections"
        empty="None: everything is as it was measured."
        rows={entries.value.toReversed()}
        columns={[
          { title: "What", cell: ({ correction }) => correctionText(correction) },
          { title: "By", cell: (entry) => entry.by },
          { title: "When", cell: (entry) => dateTime(entry.at) },
          {
            title: "",
            cell: (entry) =>
              entry.undone === undefined ? (
                <Button
                  secondary
                  disabled={attempt.busy}
                  onClick={() => correct(host.call(undoCorrection, { id, entry: entry.id, by: who() }))}
                >
                  Undo
                </Button>
              ) : (
                <span class="muted">
                  taken back by {entry.undone.by}, {dateTime(entry.undone.at)}
                </span>
              ),
          },
        ]}
      />
    </div>
  );
}

/** A stretch from a mark to the present frame: who speaks in it, or that it counts for nothing. */
function SpanForm({ tracks, voices, playback, add, busy }: FormProps) {
  const fromMs = useSignal(0);
  const what = useSignal("exclude");
  const nowMs = Math.max(0, playback.timeMs.value);
  const newVoice = Math.max(0, ...voices.map(({ id }) => id)) + 1;
  const options = [
    { value: "exclude", text: "counts for nothing" },
    { value: "voice:", text: "is said by nobody in view" },
    ...tracks.map(({ id }) => ({ value: `voice:${id}`, text: `is said by ${personTitle(tracks, id)}` })),
    ...voices.map((one) => ({ value: `voice_span:${one.id}`, text: `is said by ${voiceTitle(one)}` })),
    ...(voices.length === 0 ? [] : [{ value: `voice_span:${newVoice}`, text: "is said by another voice" }]),
  ];
  const span = { startMs: fromMs.value, endMs: nowMs };
  const correct = (): void => {
    const [kind, number = ""] = what.value.split(":");
    if (kind === "voice") add({ action: "voice", ...span, track: number === "" ? null : Number(number) });
    else if (kind === "voice_span") add({ action: "voice_span", ...span, voice: Number(number) });
    else add({ action: "exclude", ...span });
  };
  return (
    <div class="row" role="group" aria-label="Correct a stretch of time">
      <Button secondary onClick={() => (fromMs.value = nowMs)}>
        From here
      </Button>
      <span class="mono">
        {formatTime(fromMs.value, 10)} to {formatTime(nowMs, 10)}
      </span>
      <Select
        label="What the stretch is"
        value={what.value}
        options={options}
        onChange={(next) => (what.value = next)}
      />
      <Button disabled={busy || nowMs <= fromMs.value} onClick={correct}>
        Correct the stretch
      </Button>
    </div>
  );
}
