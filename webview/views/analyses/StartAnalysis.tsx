import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { startAnalysis } from "../../../shared/protocol/analyses.ts";
import {
  aboutPipeline,
  defaultPipeline,
  pipelineChoices,
  pipelineSchema,
} from "../../../shared/protocol/pipelines.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { ToggleLink } from "../../components/ToggleLink.tsx";
import type { AnalysisList } from "../../data/analysisList.ts";
import type { Host } from "../../host.ts";
import { lastForm, remember, requestOf } from "./analysisForm.ts";
import { AnalysisSettings } from "./AnalysisSettings.tsx";
import { ClipPicker } from "./ClipPicker.tsx";

const pipelineOptions = pipelineChoices(pipelineSchema.options);

/** Starts the analysis of a clip by its path, with the settings that were last used. */
export function StartAnalysis({ host, analyses }: { readonly host: Host; readonly analyses: AnalysisList }) {
  const path = useSignal("");
  const form = useMemo(lastForm, []);
  const settings = useSignal(false);
  const attempt = useAttempt();
  const start = (): void => {
    if (path.value.trim() === "") return;
    remember(form);
    attempt.run(
      host.call(startAnalysis, { mediaPath: path.value.trim(), ...requestOf(form) }).then(({ analysis }) => {
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
          value={form.choice.value.pipeline}
          options={pipelineOptions}
          onChange={(pipeline) => {
            form.choice.value = { ...form.choice.value, pipeline };
            // It has settings of its own.
            if (pipeline !== defaultPipeline) settings.value = true;
          }}
        />
        <Button icon="play" onClick={start} disabled={path.value.trim() === ""}>
          Analyse
        </Button>
      </ClipPicker>
      <p class="row">
        <ToggleLink text="Settings" open={settings} />
        <span class="muted">{aboutPipeline(form.choice.value.pipeline).summary}</span>
      </p>
      {settings.value && <AnalysisSettings host={host} form={form} clip={path.value.trim()} />}
      <Failure of={attempt} />
    </section>
  );
}
