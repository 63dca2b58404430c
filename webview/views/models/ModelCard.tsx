import type { ModelEntry } from "../../../shared/protocol/models.ts";
import type { Host } from "../../host.ts";
import { bytes } from "../text.ts";

export function ModelCard({ model }: { readonly model: ModelEntry; readonly host: Host }) {
  const shape = (tensors: ModelEntry["inputs"]): string =>
    tensors.map((tensor) => `${tensor.name} ${tensor.shape.join(" × ")}`).join(", ");
  return (
    <article class="card" aria-label={model.title}>
      <h3>
        {model.title} {model.default && <span class="tag">default</span>}{" "}
        <span class="tag quiet">{model.role}</span>
      </h3>
      <dl class="facts">
        <dt>Id</dt>
        <dd class="mono">{model.id}</dd>
        <dt>Size</dt>
        <dd>{bytes(model.bytes)}</dd>
        <dt>Input</dt>
        <dd>{shape(model.inputs)}</dd>
        <dt>Output</dt>
        <dd>{shape(model.outputs)}</dd>
        {model.labels.length > 0 && (
          <>
            <dt>Labels</dt>
            <dd>{model.labels.join(", ")}</dd>
          </>
        )}
        <dt>Licence</dt>
        <dd>
          weights: {model.licence.weights}; data: {model.licence.data}
        </dd>
        <dt>SHA-256</dt>
        <dd class="mono wrap">{model.sha256}</dd>
      </dl>
    </article>
  );
}
