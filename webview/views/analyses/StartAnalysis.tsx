import { useSignal } from "@preact/signals";
import { startAnalysis } from "../../../shared/protocol/analyses.ts";
import {
  defaultPipeline,
  pipelineChoices,
  pipelineSchema,
  type Pipeline,
} from "../../../shared/protocol/pipelines.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import type { AnalysisList } from "../../data/analysisList.ts";
import type { Host } from "../../host.ts";
import { ClipPicker } from "./ClipPicker.tsx";
import { ClipSettings, settingsOf, useClipSettings } from "./ClipSettings.tsx";

const choices = pipelineChoices(pipelineSchema.options);

/** Starts the analysis of a clip by its path. */
export function StartAnalysis({ host, analyses }: { readonly host: Host; readonly analyses: AnalysisList }) {
  const path = useSignal("");
  const pipeline = useSignal<Pipeline>(defaultPipeline);
  const settings = useClipSettings();
  const attempt = useAttempt();
  const start = (): void => {
    if (path.value.trim() === "") return;
    attempt.run(
      host
        .call(startAnalysis, {
          mediaPath: path.value.trim(),
          pipeline: pipeline.value,
          config: settingsOf(settings, pipeline.value),
        })
        .then(({ analysis }) => {
          analyses.put(analysis);
          path.value = "";
        }),
    );
  };
  return (
    <section class="start" aria-label="Analyse a clip">
      <ClipPicker
        host={host}
        path={path}
        placeholder="Path of a video or sound file in a granted folder"
        onEnter={start}
      >
        <Select
          label="Pipeline"
          value={pipeline.value}
          options={choices}
          onChange={(value) => (pipeline.value = value)}
        />
        <ClipSettings host={host} form={settings} pipeline={pipeline.value} clip={path.value.trim()} />
        <Button icon="play" onClick={start} disabled={path.value.trim() === ""}>
          Analyse
        </Button>
      </ClipPicker>
      <Failure of={attempt} />
    </section>
  );
}
