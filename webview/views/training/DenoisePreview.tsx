import { useSignal } from "@preact/signals";
import type * as z from "zod";
import { previewDenoise } from "../../../shared/protocol/trainingRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";

type Preview = z.output<typeof previewDenoise.response>;

/** A picture of the set as it is and without noise, at the templates of the thesis side by side. */
export function DenoisePreview({ host, id }: { readonly host: Host; readonly id: string }) {
  const shown = useSignal<{ readonly at: number; readonly preview: Preview } | undefined>(undefined);
  const attempt = useAttempt();
  const look = (at: number) =>
    attempt.run(host.call(previewDenoise, { id, at }).then((preview) => (shown.value = { at, preview })));
  const now = shown.value;
  return (
    <section class="denoise" aria-label="Noise">
      <h2>Noise</h2>
      <div class="row">
        <Button
          secondary
          icon="wand"
          disabled={attempt.busy}
          onClick={() => look(now === undefined ? 0 : now.at + 1)}
        >
          {now === undefined ? "Show a picture without its noise" : "Next picture"}
        </Button>
        {attempt.busy && <Waiting label="Taking the noise away" />}
      </div>
      <Failure of={attempt} />
      {now !== undefined && (
        <>
          <ul class="templates">
            {now.preview.pictures.map(({ template, picture }) => (
              <li key={template}>
                <img src={picture} alt={`${now.preview.path}, ${templateText(template)}`} />
                <span>{templateText(template)}</span>
              </li>
            ))}
          </ul>
          <p class="muted">
            {now.preview.path}, {(now.at % now.preview.total) + 1} of {now.preview.total}; non-local means,
            search window {now.preview.search}, h {now.preview.h}, hColor {now.preview.hColor}.
          </p>
        </>
      )}
    </section>
  );
}

const templateText = (template: number) => (template === 0 ? "as it is" : `template ${template}`);
