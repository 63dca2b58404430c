import { useSignal } from "@preact/signals";
import { AppError } from "../../../shared/errors.ts";
import type { ClipSpan } from "../../../shared/protocol/studyFile.ts";
import type { SessionView } from "../../../shared/protocol/studyRoutes.ts";
import { setClipFacts } from "../../../shared/protocol/studyTable.ts";
import { Button } from "../../components/Button.tsx";
import { TextArea } from "../../components/TextArea.tsx";
import { TextField } from "../../components/TextField.tsx";
import { Failure } from "../../components/Failure.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { ToggleLink } from "../../components/ToggleLink.tsx";
import { counted } from "../../../shared/text/counted.ts";

export interface ClipFactsProps {
  readonly host: Host;
  readonly session: string;
  readonly analysis: SessionView["analyses"][number];
  readonly onChanged: () => void;
}

/** What a clip shows: read, and changed where it stands. */
export function ClipFacts({ host, session, analysis, onChanged }: ClipFactsProps) {
  const open = useSignal(false);
  const { condition, stimulus, spans = [], mediaName } = analysis;
  const said = [condition, stimulus, spans.length > 0 ? counted(spans.length, "event") : undefined];
  const text = said.filter((part) => part !== undefined).join(", ") || "nothing yet";
  return (
    <div class="form-cell">
      <div>
        <ToggleLink text={text} label={`${text}: what ${mediaName} shows`} open={open} />
      </div>
      {open.value && (
        <FactsForm
          {...{ host, session, analysis }}
          onSaved={() => {
            open.value = false;
            onChanged();
          }}
        />
      )}
    </div>
  );
}

interface FactsFormProps {
  readonly host: Host;
  readonly session: string;
  readonly analysis: SessionView["analyses"][number];
  readonly onSaved: () => void;
}

function FactsForm({ host, session, analysis, onSaved }: FactsFormProps) {
  const condition = useSignal(analysis.condition ?? "");
  const stimulus = useSignal(analysis.stimulus ?? "");
  const events = useSignal((analysis.spans ?? []).map(toLine).join("\n"));
  const attempt = useAttempt();
  const orNone = (text: string) => (text.trim() === "" ? null : text);
  const save = async (): Promise<void> => {
    await host.call(setClipFacts, {
      ...{ session, analysis: analysis.id, spans: readLines(events.value) },
      ...{ condition: orNone(condition.value), stimulus: orNone(stimulus.value) },
    });
    onSaved();
  };
  return (
    <>
      <div class="row">
        <TextField label="Condition" text={condition} placeholder="condition" />
        <TextField label="Stimulus" text={stimulus} placeholder="stimulus" />
      </div>
      <TextArea
        label="Events, one a line: from and to in seconds, then the name (12.5 20 joke)"
        text={events}
        rows={3}
      />
      <Failure of={attempt} />
      <div class="row">
        <Button disabled={attempt.busy} onClick={() => attempt.run(save())}>
          Save
        </Button>
      </div>
    </>
  );
}

const toLine = ({ startMs, endMs, name }: ClipSpan): string => `${startMs / 1000} ${endMs / 1000} ${name}`;

/** Events as they are typed. @throws AppError `invalid_request` that names the first line that is none */
function readLines(text: string): ClipSpan[] {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const [, from, to, name] = /^\s*(\d+(?:\.\d+)?)\s+(\d+(?:\.\d+)?)\s+(\S.*?)\s*$/.exec(line) ?? [];
    if (from === undefined || to === undefined || name === undefined || Number(to) <= Number(from))
      throw new AppError(
        "invalid_request",
        `Line ${i + 1} is no event. Write its start, its end and a name: 12.5 20 joke.`,
      );
    return [{ startMs: 1000 * Number(from), endMs: 1000 * Number(to), name }];
  });
}
