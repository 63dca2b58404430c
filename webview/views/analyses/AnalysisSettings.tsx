import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { presetSchema } from "../../../shared/protocol/magnification.ts";
import type { ModelEntry } from "../../../shared/protocol/models.ts";
import { aboutPipeline } from "../../../shared/protocol/pipelines.ts";
import { deviceChoiceSchema } from "../../../shared/protocol/results.ts";
import { listModels } from "../../../shared/protocol/system.ts";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import type { AnalysisChoice, AnalysisForm } from "./analysisForm.ts";
import { ClipSettings } from "./ClipSettings.tsx";

export interface AnalysisSettingsProps {
  readonly host: Host;
  readonly form: AnalysisForm;
  /** Whose sound tracks can be chosen. */
  readonly clip: string;
}

const rates = ["1", "5", "10", "30"];
const deviceTexts = {
  auto: "the fastest that works here",
  cpu: "processor",
  webgpu: "graphics card, WebGPU",
  cuda: "graphics card, CUDA",
} as const;

/** How a pipeline analyses a clip: its preset, networks, device, detection rate, faces, sound track. */
export function AnalysisSettings({ host, form, clip }: AnalysisSettingsProps) {
  const models = useSignal<readonly ModelEntry[]>([]);
  const attempt = useAttempt();
  useEffect(() => {
    attempt.run(host.call(listModels, {}).then((answer) => (models.value = answer.models)));
  }, [host]);
  const { choice } = form;
  const now = choice.value;
  const set = (more: Partial<AnalysisChoice>) => (choice.value = { ...choice.value, ...more });
  const { needs, uses, hears } = aboutPipeline(now.pipeline);
  const tasks = [...needs, ...uses, ...hears].flatMap((task) => {
    const known = models.value.filter((model) => model.task === task);
    return known.length > 1 ? [{ task, known }] : [];
  });
  const field = (text: string, select: ComponentChildren) => (
    <label class="field">
      <span>{text}</span>
      {select}
    </label>
  );
  return (
    <div class="analysis-settings" role="group" aria-label="Settings of the analysis">
      {now.pipeline === "evm" &&
        field(
          "Preset",
          <Select
            label="Preset of the magnification"
            value={now.preset}
            options={presetSchema.options.map((value) => ({ value, text: value }))}
            onChange={(preset) => set({ preset })}
          />,
        )}
      {field(
        "Device",
        <Select
          label="Device"
          value={now.device}
          options={[
            { value: "" as const, text: "as the daemon is set" },
            ...deviceChoiceSchema.options.map((value) => ({ value, text: deviceTexts[value] })),
          ]}
          onChange={(device) => set({ device })}
        />,
      )}
      {field(
        "Look for new faces",
        <Select
          label="Look for new faces"
          value={now.detectEveryFrames}
          options={[...new Set([...rates, now.detectEveryFrames])].map((value) => ({
            value,
            text: value === "1" ? "in every frame" : `in every ${value}th frame`,
          }))}
          onChange={(detectEveryFrames) => set({ detectEveryFrames })}
        />,
      )}
      {tasks.map(({ task, known }) => (
        <label class="field" key={task}>
          <span>Network: {task}</span>
          <Select
            label={`Network: ${task}`}
            value={known.some(({ id }) => id === now.networks[task]) ? now.networks[task]! : ""}
            options={[
              { value: "", text: `default (${known.find((model) => model.default)?.id ?? "none"})` },
              ...known.filter((model) => !model.default).map(({ id }) => ({ value: id, text: id })),
            ]}
            onChange={(id) => set({ networks: { ...now.networks, [task]: id } })}
          />
        </label>
      ))}
      <ClipSettings host={host} form={form.clip} pipeline={now.pipeline} clip={clip} />
      <Failure of={attempt} />
    </div>
  );
}
