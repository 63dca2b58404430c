import { useSignal } from "@preact/signals";
import type * as z from "zod";
import type { ModelEntry } from "../../../shared/protocol/models.ts";
import { getModelCard, verifyModel } from "../../../shared/protocol/system.ts";
import { Button } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Markdown } from "../../components/Markdown.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { bytes } from "../../data/text.ts";

type Verification = z.infer<typeof verifyModel.response>;

/** One network: what it takes and gives, its licence, its card with figures, and whether it runs here as it should. */
export function ModelCard({ model, host }: { readonly model: ModelEntry; readonly host: Host }) {
  const card = useSignal<string | undefined>(undefined);
  const verification = useSignal<Verification | undefined>(undefined);
  const reading = useAttempt();
  const verifying = useAttempt();
  const { id } = model;
  const verify = (): void => {
    verification.value = undefined;
    verifying.run(host.call(verifyModel, { id }).then((found) => (verification.value = found)));
  };
  const toggleCard = (): void => {
    if (card.value !== undefined) card.value = undefined;
    else reading.run(host.call(getModelCard, { id }).then((answer) => (card.value = answer.card)));
  };
  return (
    <article class={card.value === undefined ? "card" : "card open"} aria-label={model.title}>
      <h2>
        {model.title} <span class="tag">{model.task}</span>{" "}
        {model.default && <span class="tag">default</span>}{" "}
        {model.origin === "user" && <span class="tag">yours</span>}{" "}
        <span class="tag quiet">{model.role}</span>
      </h2>
      <dl class="facts">
        <dt>Id</dt>
        <dd class="mono">{id}</dd>
        <dt>Size</dt>
        <dd>{bytes(model.bytes)}</dd>
        <dt>Input</dt>
        <dd>{shapes(model.inputs)}</dd>
        <dt>Output</dt>
        <dd>{shapes(model.outputs)}</dd>
        {model.labels.length > 0 && <dt>Labels</dt>}
        {model.labels.length > 0 && <dd>{model.labels.join(", ")}</dd>}
        <dt>Licence</dt>
        <dd>
          weights: {model.licence.weights}; data: {model.licence.data}
        </dd>
        <dt>SHA-256</dt>
        <dd class="mono wrap">{model.sha256}</dd>
      </dl>
      <div class="row">
        <Button secondary icon="book" onClick={toggleCard}>
          {card.value === undefined ? "Card and figures" : "Hide the card"}
        </Button>
        <Button secondary icon="check" disabled={verifying.busy} onClick={verify}>
          Verify
        </Button>
        <span role="status">
          {verifying.busy && "Running"}
          {verification.value !== undefined && <Verdict found={verification.value} />}
        </span>
      </div>
      <Failure of={reading} />
      <Failure of={verifying} />
      {card.value !== undefined && <Markdown text={card.value} />}
    </article>
  );
}

function Verdict({ found }: { readonly found: Verification }) {
  if (!found.ok)
    return (
      <>
        <Icon name="error" /> {found.problem}
      </>
    );
  return (
    <>
      <Icon name="pass" /> Right on {found.provider}
      {found.worstDifference !== undefined && `, within ${found.worstDifference.toPrecision(2)}`}
    </>
  );
}

function shapes(tensors: ModelEntry["inputs"]): string {
  return tensors.map((tensor) => `${tensor.name} ${tensor.shape.join(" × ")}`).join(", ");
}
