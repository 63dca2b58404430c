import { useSignal } from "@preact/signals";
import { getDataset, startDataset, type MadeDataset } from "../../../shared/protocol/datasets.ts";
import type { TierAgreement } from "../../../shared/protocol/agreement.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { JobState } from "../../components/JobState.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useFollowedJob } from "../../data/followedJob.ts";
import type { Host } from "../../host.ts";
import { PanelHost } from "../../host/panelHost.ts";

interface MakeSetProps {
  readonly host: Host;
  /** Of the clips with their labels. */
  readonly folder: string;
  readonly tier: TierAgreement;
}

const shares = [0, 0.1, 0.2, 0.3, 0.5];

/** Makes a set for training of what the annotators agree on: a picture or a sound for each stretch, in parts by person. */
export function MakeSet({ host, folder, tier }: MakeSetProps) {
  const name = useSignal("set");
  const test = useSignal(0.2);
  const replace = useSignal(false);
  const made = useSignal<MadeDataset | undefined>(undefined);
  const cutting = useFollowedJob(host, (id) =>
    host.call(getDataset, { id }).then((answer) => (made.value = answer.made)),
  );
  if (tier.kind !== "interval") return null;
  const start = (): void => {
    made.value = undefined;
    cutting.start(
      host.call(startDataset, {
        ...{ path: folder, name: name.value.trim(), tier: tier.tier },
        ...{ test: test.value, replace: replace.value },
      }),
    );
  };
  return (
    <section aria-label="Make a training set">
      <h2>Teach a network</h2>
      <p class="muted">
        Faces or voices are cut where the annotators agree on {tier.tier}, or where a gold file decides, and
        divided by person: nobody is trained on and tested with.
      </p>
      <div class="row">
        <TextField label="Folder of the set" placeholder="set" text={name} onEnter={start} />
        <Select
          label="For testing"
          value={String(test.value)}
          options={shares.map((share) => ({
            value: String(share),
            text: share === 0 ? "no test part" : `${Math.round(100 * share)} % of the samples to test with`,
          }))}
          onChange={(value) => (test.value = Number(value))}
        />
        <Checkbox
          label="Replace a set of that name"
          checked={replace.value}
          onChange={(checked) => (replace.value = checked)}
        />
        <Button icon="file-media" onClick={start} disabled={name.value.trim() === "" || cutting.running}>
          Make the set
        </Button>
      </div>
      <JobState of={cutting} label="Making the set" unfinished="The set was not finished. Make it again." />
      {made.value !== undefined && <Made host={host} made={made.value} />}
    </section>
  );
}

function Made({ host, made }: { readonly host: Host; readonly made: MadeDataset }) {
  const { kind, samples, subjects, parts, missed, notes, training } = made;
  const labels = [...new Set([...Object.keys(parts.train.labels), ...Object.keys(parts.test.labels)])].sort();
  return (
    <div role="status">
      <table class="data">
        <caption>
          {samples} {kind} of {subjects} {subjects === 1 ? "person" : "persons"} in {made.folder}
        </caption>
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">To train</th>
            <th scope="col">To test</th>
          </tr>
        </thead>
        <tbody>
          {labels.map((label) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td class="mono">{parts.train.labels[label] ?? 0}</td>
              <td class="mono">{parts.test.labels[label] ?? 0}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul class="notes">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        {missed.length > 0 && (
          <li>
            {missed.length} could not be cut; the first: {missed[0]!.clip}: {missed[0]!.reason}.
          </li>
        )}
      </ul>
      {training !== undefined &&
        (host instanceof PanelHost ? (
          <Button icon="mortar-board" secondary onClick={() => host.openTrainingFile(training)}>
            Open its training file
          </Button>
        ) : (
          <p>
            To learn from it: <code>edin train {training}</code>
          </p>
        ))}
    </div>
  );
}
