import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { personTitle } from "../../../shared/people/title.ts";
import {
  addCorrection,
  getCorrections,
  undoCorrection,
  type Correction,
  type CorrectionEntry,
} from "../../../shared/protocol/corrections.ts";
import type { Analysis, Track } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { dateTime } from "../../data/text.ts";
import { formatTime } from "../../draw/timeView.ts";
import type { Host } from "../../host.ts";
import type { Playback } from "../../player/playback.ts";

export interface PeopleProps {
  readonly host: Host;
  readonly analysis: Analysis;
  readonly playback: Playback;
  /** The results are others now. */
  readonly onCorrected: () => void;
}

const actions = [
  { value: "name", text: "is called" },
  { value: "participant", text: "is the participant" },
  { value: "merge", text: "is the same person as" },
  { value: "split", text: "is somebody else from here on" },
  { value: "ignore", text: "is nobody who matters" },
] as const;
type FaceAction = (typeof actions)[number]["value"];

/** Says whom the faces and voices of a clip belong to. Measured lines stay; every figure and export follows. */
export function People({ host, analysis, playback, onCorrected }: PeopleProps) {
  const { id, tracks } = analysis;
  const entries = useSignal<readonly CorrectionEntry[]>([]);
  const attempt = useAttempt();
  const by = useSignal(author());
  useEffect(() => {
    attempt.run(host.call(getCorrections, { id }).then((answer) => (entries.value = answer.entries)));
  }, [host, id]);
  const correct = (work: Promise<{ entries: readonly CorrectionEntry[] }>): void => {
    keepAuthor(by.value);
    attempt.run(
      work.then((answer) => {
        entries.value = answer.entries;
        onCorrected();
      }),
    );
  };
  const who = () => by.value.trim() || "unknown";
  const add = (correction: Correction) => correct(host.call(addCorrection, { id, by: who(), correction }));
  return (
    <div class="people">
      <p class="muted">
        What is said here is kept beside the results, with who said it and when; the measured lines stay as
        they are. Figures, tables and exports follow.
      </p>
      <div class="row">
        <TextField label="Your name" text={by} placeholder="initials" />
      </div>
      {tracks.length > 0 && <FaceForm {...{ tracks, playback, add, busy: attempt.busy }} />}
      <SpanForm {...{ tracks, playback, add, busy: attempt.busy }} />
      <Failure of={attempt} />
      <DataTable
        caption="Corrections"
        empty="None: everything is as it was measured."
        rows={entries.value.toReversed()}
        columns={[
          { title: "What", cell: ({ correction }) => sentence(correction) },
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

interface FormProps {
  readonly tracks: readonly Track[];
  readonly playback: Playback;
  readonly add: (correction: Correction) => void;
  readonly busy: boolean;
}

function FaceForm({ tracks, playback, add, busy }: FormProps) {
  const chosen = useSignal(String(tracks[0]!.id));
  const action = useSignal<FaceAction>("name");
  const text = useSignal("");
  const other = useSignal(String((tracks[1] ?? tracks[0]!).id));
  const faces = tracks.map(({ id }) => ({ value: String(id), text: personTitle(tracks, id) }));
  const track = Number(chosen.value);
  const correction = (): Correction => {
    switch (action.value) {
      case "name":
        return { action: "name", track, name: text.value };
      case "participant":
        return { action: "participant", track, participant: text.value.trim() };
      case "merge":
        return { action: "merge", track, into: Number(other.value) };
      case "split":
        // The daemon chooses the number.
        return { action: "split", track, atMs: Math.max(0, playback.timeMs.value), newTrack: track + 1 };
      case "ignore":
        return { action: "ignore", track };
    }
  };
  const needsText = action.value === "name" || action.value === "participant";
  return (
    <div class="row" role="group" aria-label="Correct a face">
      <Select label="Face" value={chosen.value} options={faces} onChange={(next) => (chosen.value = next)} />
      <Select
        label="What is so"
        value={action.value}
        options={actions}
        onChange={(next) => (action.value = next)}
      />
      {needsText && <TextField label={action.value === "name" ? "Name" : "Pseudonym"} text={text} />}
      {action.value === "merge" && (
        <Select
          label="The other face"
          value={other.value}
          options={faces}
          onChange={(next) => (other.value = next)}
        />
      )}
      {action.value === "split" && <span class="mono">{formatTime(playback.timeMs.value, 10)}</span>}
      <Button
        disabled={
          busy ||
          (needsText && text.value.trim() === "") ||
          (action.value === "merge" && other.value === chosen.value)
        }
        onClick={() => add(correction())}
      >
        Correct
      </Button>
    </div>
  );
}

/** A stretch from a mark to the present frame: who speaks in it, or that it counts for nothing. */
function SpanForm({ tracks, playback, add, busy }: FormProps) {
  const fromMs = useSignal(0);
  const what = useSignal("exclude");
  const nowMs = Math.max(0, playback.timeMs.value);
  const options = [
    { value: "exclude", text: "counts for nothing" },
    { value: "voice:", text: "is said by nobody in view" },
    ...tracks.map(({ id }) => ({ value: `voice:${id}`, text: `is said by ${personTitle(tracks, id)}` })),
  ];
  const span = { startMs: fromMs.value, endMs: nowMs };
  const correct = (): void => {
    const [kind, track = ""] = what.value.split(":");
    add(
      kind === "voice"
        ? { action: "voice", ...span, track: track === "" ? null : Number(track) }
        : { action: "exclude", ...span },
    );
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

function sentence(one: Correction): string {
  switch (one.action) {
    case "name":
      return `Face ${one.track} is called ${one.name}`;
    case "participant":
      return `Face ${one.track} is participant ${one.participant}`;
    case "merge":
      return `Face ${one.track} is face ${one.into}`;
    case "split":
      return `Face ${one.track} is face ${one.newTrack} from ${formatTime(one.atMs, 10)} on`;
    case "ignore":
      return `Face ${one.track} is ignored`;
    case "voice":
      return `${formatTime(one.startMs, 10)} to ${formatTime(one.endMs, 10)} is said by ${one.track === null ? "nobody in view" : `face ${one.track}`}`;
    case "exclude":
      return `${formatTime(one.startMs, 10)} to ${formatTime(one.endMs, 10)} counts for nothing${one.region === undefined ? "" : ", in a region"}`;
  }
}

/** Who corrects, remembered where the page can keep it. */
const authorKey = "edin.author";
function author(): string {
  try {
    return localStorage.getItem(authorKey) ?? "";
  } catch {
    return "";
  }
}
function keepAuthor(name: string): void {
  try {
    localStorage.setItem(authorKey, name);
  } catch {
    // A panel keeps nothing: it is asked again.
  }
}
