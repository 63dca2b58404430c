import { useSignal, type Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Interview } from "../../../shared/protocol/interview.ts";
import { defaultPipeline, type LivePipeline } from "../../../shared/protocol/pipelines.ts";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import type { Attempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import {
  ClipSettings,
  settingsOf,
  useClipSettings,
  type ClipSettingsForm,
} from "../analyses/ClipSettings.tsx";
import { Consent, consentText } from "./Consent.tsx";
import type { LiveParticipant } from "../../../shared/protocol/live.ts";
import { ParticipantChoice } from "./ParticipantChoice.tsx";
import type { GazeCalibration } from "../../../shared/protocol/gazeCalibration.ts";
import { GazeFile } from "./GazeFile.tsx";
import { InterviewFile } from "./InterviewFile.tsx";
import { livePipelines } from "./liveText.ts";

/** What is chosen and agreed to before a session starts, wherever its pictures come from. */
export interface SessionChoice {
  readonly pipeline: Signal<LivePipeline>;
  readonly settings: ClipSettingsForm;
  /** Whose gaze it corrects sits before the camera; absent: the participant's own, where there is one. */
  readonly gaze: Signal<GazeCalibration | undefined>;
  readonly record: Signal<boolean>;
  readonly interview: Signal<Interview | undefined>;
  readonly participant: Signal<LiveParticipant | undefined>;
  /** To the text as it stands now: another choice makes it another text. */
  readonly agreed: Signal<boolean>;
  /** What is agreed to. */
  readonly text: string;
}

/** A {@link SessionChoice} with the usual settings, for as long as the component is there. */
export function useSessionChoice(): SessionChoice {
  const pipeline = useSignal<LivePipeline>(defaultPipeline);
  const settings = useClipSettings();
  const gaze = useSignal<GazeCalibration | undefined>(undefined);
  const record = useSignal(false);
  const interview = useSignal<Interview | undefined>(undefined);
  const participant = useSignal<LiveParticipant | undefined>(undefined);
  const agreed = useSignal(false);
  return {
    ...{ pipeline, settings, gaze, record, interview, participant, agreed },
    text: consentText(record.value, interview.value?.consent),
  };
}

/** What was chosen, as settings of the pipeline. */
export function configOf({ settings, pipeline, gaze }: SessionChoice): Record<string, unknown> {
  return {
    ...settingsOf(settings, pipeline.value),
    ...(gaze.value !== undefined && { gazeCalibration: gaze.value }),
  };
}

export interface SessionFormProps {
  readonly host: Host;
  readonly choice: SessionChoice;
  readonly attempt: Attempt;
  /** Nobody is recorded where the pictures are of a file. */
  readonly needsConsent: boolean;
  /** That is played, where it is one. */
  readonly clip?: string | undefined;
  /** The button that starts, and what hinders it. */
  readonly children: ComponentChildren;
}

/** The fields of a {@link SessionChoice}, and what starts it. */
export function SessionForm({ host, choice, attempt, needsConsent, clip, children }: SessionFormProps) {
  const { pipeline, settings, record, interview, agreed, text } = choice;
  const choose = <T,>(field: Signal<T>, value: T): void => {
    field.value = value;
    agreed.value = false;
  };
  return (
    <>
      <div class="row">
        <label class="field">
          <span>Pipeline</span>
          <Select
            label="Pipeline"
            value={pipeline.value}
            options={livePipelines}
            onChange={(next) => (pipeline.value = next)}
          />
        </label>
        <ClipSettings host={host} form={settings} pipeline={pipeline.value} clip={clip} />
      </div>
      <Checkbox
        label="Record pictures, sound and results"
        checked={record.value}
        onChange={(checked) => choose(record, checked)}
      />
      <ParticipantChoice host={host} chosen={choice.participant} records />
      {choice.participant.value !== undefined && !record.value && (
        <p class="muted">Only what is recorded belongs to the participant's session.</p>
      )}
      <GazeFile chosen={choice.gaze} />
      <InterviewFile host={host} interview={interview.value} onChange={(one) => choose(interview, one)} />
      {needsConsent && (
        <Consent text={text} given={agreed.value} onChange={(given) => (agreed.value = given)} />
      )}
      <Failure of={attempt} />
      <div class="row">{children}</div>
    </>
  );
}
