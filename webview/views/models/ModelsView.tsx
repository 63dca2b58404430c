import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { LeftOutModel, ModelEntry } from "../../../shared/protocol/models.ts";
import { listModels } from "../../../shared/protocol/system.ts";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { DeviceTest } from "./DeviceTest.tsx";
import { ModelCard } from "./ModelCard.tsx";

/** All networks with their cards, that of `id` open, and the test of the devices. */
export function ModelsView({ host, id }: { readonly host: Host; readonly id: string | undefined }) {
  const models = useSignal<readonly ModelEntry[] | undefined>(undefined);
  const attempt = useAttempt();
  const leftOut = useSignal<readonly LeftOutModel[]>([]);
  useEffect(() => {
    const load = (): void =>
      attempt.run(
        host.call(listModels, {}).then((answer) => {
          models.value = answer.models;
          leftOut.value = answer.leftOut;
        }),
      );
    load();
    return host.onEvent(({ name }) => {
      if (name === "models:changed") load();
    });
  }, [host]);
  return (
    <div class="page">
      <h1>Models</h1>
      <DeviceTest host={host} />
      <Failure of={attempt} />
      {leftOut.value.map(({ id: model, reason }) => (
        <Notice key={model} kind="error">
          {model} is left out: {reason}
        </Notice>
      ))}
      {models.value === undefined && attempt.failure.value === undefined && (
        <Waiting label="Loading the models" />
      )}
      {models.value?.length === 0 && <p class="empty">The manifest lists no networks.</p>}
      <div class="cards">
        {models.value?.map((model) => (
          <ModelCard key={model.id} model={model} models={models.value!} host={host} open={model.id === id} />
        ))}
      </div>
    </div>
  );
}
