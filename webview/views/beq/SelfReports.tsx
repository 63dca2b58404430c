import { useSignal } from "@preact/signals";
import { expressionLabels, type ExpressionLabel } from "../../../shared/emotion/labels.ts";
import { deleteSelfReport, setSelfReport } from "../../../shared/protocol/selfReports.ts";
import type { SessionView } from "../../../shared/protocol/studyRoutes.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { formatTime } from "../../draw/timeView.ts";
import type { Host } from "../../host.ts";

const emotions = expressionLabels.map((label) => ({ value: label, text: label }));

export interface SelfReportsProps {
  readonly host: Host;
  readonly session: SessionView;
  readonly analysis: SessionView["analyses"][number];
  readonly attempt: (work: Promise<unknown>) => void;
}

/** What the participant said that they felt during parts of a clip, and taking down more of it. */
export function SelfReports({ host, session, analysis, attempt }: SelfReportsProps) {
  const from = useSignal("");
  const to = useSignal("");
  const felt = useSignal<ExpressionLabel>("neutral");
  const [startMs, endMs] = [toMs(from.value), toMs(to.value)];
  const of = { session: session.id, analysis: analysis.id };
  const add = (): void => {
    if (startMs === undefined || endMs === undefined) return;
    attempt(
      host.call(setSelfReport, { ...of, startMs, endMs, label: felt.value }).then(() => {
        from.value = to.value = "";
      }),
    );
  };
  const reports = session.selfReports.filter(({ analysisId }) => analysisId === analysis.id);
  return (
    <fieldset>
      <legend>What the participant felt during {analysis.mediaName}</legend>
      {reports.length > 0 && (
        <ul class="plain">
          {reports.map((one) => {
            const part = `${formatTime(one.startMs, 100)} to ${formatTime(one.endMs, 100)}`;
            return (
              <li key={`${one.startMs} ${one.endMs}`} class="row">
                <span>
                  {part}: {one.label}
                </span>
                <IconButton
                  icon="close"
                  label={`Take back the self-report from ${part}`}
                  onClick={() =>
                    attempt(host.call(deleteSelfReport, { ...of, startMs: one.startMs, endMs: one.endMs }))
                  }
                />
              </li>
            );
          })}
        </ul>
      )}
      <div class="row">
        <TextField label="From, seconds" placeholder="From, s" text={from} />
        <TextField label="To, seconds" placeholder="To, s" text={to} onEnter={add} />
        <Select
          label="Felt"
          value={felt.value}
          options={emotions}
          onChange={(value) => (felt.value = value)}
        />
        <Button disabled={startMs === undefined || endMs === undefined} onClick={add}>
          Add self-report
        </Button>
      </div>
    </fieldset>
  );
}

/** Undefined for what is no time. */
function toMs(seconds: string): number | undefined {
  const value = Number(seconds.replace(",", "."));
  return seconds.trim() === "" || !(value >= 0) || value === Infinity ? undefined : Math.round(value * 1000);
}
