import { signal, useSignal } from "@preact/signals";
import { createGold, type AgreementAnswer } from "../../../shared/protocol/labelRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { openLabelsAt } from "./openLabelsAt.ts";

/** Who settles; kept from clip to clip. */
const by = signal("");

/** Opens the gold file of a clip, in which differences are settled; it is made where there is none. */
export function SettleGold({ host, answer }: { readonly host: Host; readonly answer: AgreementAnswer }) {
  const attempt = useAttempt();
  const { clips } = answer.agreement;
  const chosen = useSignal(clips[0] ?? "");
  const settle = (): void => {
    const file = answer.files.find(({ clip }) => clip === chosen.value);
    if (file === undefined) return;
    const first = answer.disagreements
      .filter(({ clip }) => clip === chosen.value)
      .reduce((earliest, { startMs }) => Math.min(earliest, startMs), Infinity);
    attempt.run(
      host
        .call(createGold, { path: file.path, by: by.value.trim() })
        .then(({ path }) => openLabelsAt(host, path, Number.isFinite(first) ? first : 0)),
    );
  };
  return (
    <section aria-label="Settle differences">
      <h2>Settle differences</h2>
      <p class="muted">
        A gold file shows what each annotator says of a clip side by side. It records who decided.
      </p>
      <div class="row">
        <Select
          label="Clip"
          value={chosen.value}
          options={clips.map((clip) => ({ value: clip, text: clip }))}
          onChange={(value) => (chosen.value = value)}
        />
        <TextField label="Who settles" placeholder="Your pseudonym" text={by} onEnter={settle} />
        <Button icon="law" onClick={settle} disabled={by.value.trim() === "" || attempt.busy}>
          Settle in a gold file
        </Button>
      </div>
      <Failure of={attempt} />
    </section>
  );
}
