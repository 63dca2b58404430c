import { useSignal, type Signal } from "@preact/signals";
import {
  getEvaluation,
  resetCalibration,
  startEvaluation,
  type Evaluated,
} from "../../../shared/protocol/evaluations.ts";
import { counted } from "../../../shared/text/counted.ts";
import type { ModelEntry } from "../../../shared/protocol/models.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Failure } from "../../components/Failure.tsx";
import { JobState } from "../../components/JobState.tsx";
import { Select } from "../../components/Select.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { useFollowedJob } from "../../data/followedJob.ts";
import type { Host } from "../../host.ts";
import { PathField } from "../analyses/PathField.tsx";
import { EvaluatedFigures } from "./EvaluatedFigures.tsx";

interface JudgeModelProps {
  readonly host: Host;
  readonly model: ModelEntry;
  /** All networks: those of the task can be held against it. */
  readonly models: readonly ModelEntry[];
  /** Its card is wide then. */
  readonly open: Signal<boolean>;
}

/** Measures a network that names labels on files of one's own, by group where a table says who is in which; calibrates it to them. */
export function JudgeModel({ host, model, models, open }: JudgeModelProps) {
  const [set, groups, against] = [useSignal(""), useSignal(""), useSignal("")];
  const [detect, bias] = [useSignal(false), useSignal(false)];
  const evaluated = useSignal<Evaluated | undefined>(undefined);
  const resetting = useAttempt();
  const job = useFollowedJob(host, (id) =>
    host.call(getEvaluation, { id }).then((answer) => (evaluated.value = answer.evaluated)),
  );
  const start = (calibrate?: "temperature" | "bias"): void => {
    evaluated.value = undefined;
    const [table, other] = [groups.value.trim(), against.value];
    job.start(
      host.call(startEvaluation, {
        ...{ model: model.id, set: set.value.trim(), faces: detect.value ? "detect" : "crop" },
        ...(calibrate
          ? { calibrate }
          : { ...(table !== "" && { groups: table }), ...(other !== "" && { against: other }) }),
      }),
    );
  };
  const others = models.filter(({ task, id }) => task === model.task && id !== model.id);
  const unready = set.value.trim() === "" || job.running;
  return (
    <details class="judge" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>Evaluate and calibrate on files of your own</summary>
      <PathField
        host={host}
        label="Labelled files"
        path={set}
        files="none"
        placeholder="Folder with a sub-folder for each label, or with labels.csv"
      />
      <PathField
        host={host}
        label="Table of groups"
        path={groups}
        files="table"
        placeholder="groups.csv: subject, and a column for each attribute; may be left out"
      />
      <div class="row">
        {others.length > 0 && (
          <Select
            label="Compared with"
            value={against.value}
            options={[
              { value: "", text: "compared with no other" },
              ...others.map(({ id }) => ({ value: id, text: `compared with ${id}` })),
            ]}
            onChange={(value) => (against.value = value)}
          />
        )}
        {model.task === "expression" && (
          <Checkbox
            label="Find the faces first"
            checked={detect.value}
            onChange={(checked) => (detect.value = checked)}
          />
        )}
        <Button icon="beaker" disabled={unready} onClick={() => start()}>
          Evaluate
        </Button>
      </div>
      <div class="row">
        <Checkbox
          label="With a bias for each label"
          checked={bias.value}
          onChange={(checked) => (bias.value = checked)}
        />
        <Button
          secondary
          icon="settings"
          disabled={unready}
          onClick={() => start(bias.value ? "bias" : "temperature")}
        >
          Calibrate
        </Button>
        {model.calibration !== undefined && (
          <Button
            secondary
            icon="discard"
            disabled={resetting.busy}
            onClick={() => resetting.run(host.call(resetCalibration, { id: model.id }))}
          >
            Take the calibration away
          </Button>
        )}
        {model.calibration !== undefined && (
          <span class="muted">
            Calibrated to {counted(model.calibration.n, "file")}, temperature{" "}
            {model.calibration.temperature.toFixed(2)}
          </span>
        )}
      </div>
      <JobState of={job} label="Reading the files" unfinished="It was not finished. Begin again." />
      <Failure of={resetting} />
      {evaluated.value !== undefined && <EvaluatedFigures host={host} evaluated={evaluated.value} />}
    </details>
  );
}
