import { useSignal } from "@preact/signals";
import type * as z from "zod";
import type { ModelEntry } from "../../../shared/protocol/models.ts";
import { getModelCard, verifyModel } from "../../../shared/protocol/system.ts";
import { Button } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Markdown } from "../../components/Markdown.tsx";
import { Notice } from "../../components/Notice.tsx";
import type { Host } from "../../host.ts";
import { bytes, errorText } from "../../data/text.ts";

type Verification = z.infer<typeof verifyModel.response>;

/** One network: what it takes and gives, its licence, its card with figures, and whether it runs here as it should. */
export function ModelCard({ model, host }: { readonly model: ModelEntry; readonly host: Host }) {
  const card = useSignal<string | undefined>(undefined);
  const verification = useSignal<Verification | "running" | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const { id } = model;
  const fail = (error: unknown): void => {
    failure.value = errorText(error);
    verification.value = undefined;
  };
  const verify = (): void => {
    failure.value = undefined;
    verification.value = "running";
    host.call(verifyModel, { id }).then((found) => (verification.value = found), fail);
  };
  const toggleCard = (): void => {
    if (card.value !== undefined) card.value = undefined;
    else host.call(getModelCard, { id }).then((answer) => (card.value = answer.card), fail);
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
        <Button secondary icon="check" disabled={verification.value === "running"} onClick={verify}>
          Verify
        </Button>
        <span role="status">
          {verification.value !== undefined && <Verdict found={verification.value} />}
        </span>
      </div>
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      {card.value !== undefined && <Markdown text={card.value} />}
    </article>
  );
}

function Verdict({ found }: { readonly found: Verification | "running" }) {
  if (found === "running") return <>Running</>;
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
