import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type * as z from "zod";
import type { ModelEntry, Task } from "../../../shared/protocol/models.ts";
import { getModelCard, verifyModel } from "../../../shared/protocol/system.ts";
import { Button } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Markdown } from "../../components/Markdown.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import type { Host } from "../../host.ts";
import { JudgeModel } from "./JudgeModel.tsx";
import { bytes } from "../../data/text.ts";

type Card = z.infer<typeof getModelCard.response>;
type Verification = z.infer<typeof verifyModel.response>;

/** Tasks whose networks name labels, on sets of which they can be measured. */
const judged: ReadonlySet<string> = new Set<Task>(["expression", "eye-state", "speech"]);

interface ModelCardProps {
  readonly model: ModelEntry;
  /** All networks. */
  readonly models: readonly ModelEntry[];
  readonly host: Host;
  /** Whether its card is what is looked for. */
  readonly open: boolean;
}

/** One network: what it takes and gives, its licence, its card with figures, and whether it runs here as it should. */
export function ModelCard({ model, models, host, open }: ModelCardProps) {
  const card = useSignal<Card | undefined>(undefined);
  const article = useRef<HTMLElement>(null);
  const verification = useSignal<Verification | undefined>(undefined);
  const reading = useAttempt();
  const verifying = useAttempt();
  const judging = useSignal(false);
  const { id } = model;
  const verify = (): void => {
    verification.value = undefined;
    verifying.run(host.call(verifyModel, { id }).then((found) => (verification.value = found)));
  };
  const showCard = (): Promise<void> =>
    host.call(getModelCard, { id }).then((answer) => {
      card.value = answer;
    });
  const toggleCard = (): void => {
    if (card.value !== undefined) card.value = undefined;
    else reading.run(showCard());
  };
  useEffect(() => {
    if (open) reading.run(showCard().then(() => article.current?.scrollIntoView()));
  }, [open]);
  return (
    <article
      ref={article}
      class={card.value === undefined && !judging.value ? "card" : "card open"}
      aria-label={model.title}
    >
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
      {judged.has(model.task) && <JudgeModel host={host} model={model} models={models} open={judging} />}
      <Failure of={reading} />
      <Failure of={verifying} />
      {card.value !== undefined && (
        <Markdown text={card.value.card} targets={{ pictures: card.value.pictures, link: cardLink }} />
      )}
    </article>
  );
}

/** A card that another one names opens here. */
function cardLink(target: string, text: string) {
  const [, id] = /^\.\.\/([a-z0-9-]+)\/card\.md$/.exec(target) ?? [];
  return id && <ViewLink view={{ view: "models", id }}>{text}</ViewLink>;
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
