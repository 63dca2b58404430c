import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { builtInSchemes } from "../../../shared/labels/schemes/builtIn.ts";
import { createLabels, listLabels, type LabelsEntry } from "../../../shared/protocol/labelRoutes.ts";
import { listRoots } from "../../../shared/protocol/media.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { Host } from "../../host.ts";
import { show, viewFragment } from "../../host/route.ts";
import { ClipPicker } from "../analyses/ClipPicker.tsx";
import { TableHead } from "../../components/TableHead.tsx";

const clip = signal("");
const annotator = signal("a01");
const schemeName = signal("");

const schemes = Object.entries(builtInSchemes).map(([value, { title }]) => ({ value, text: title }));

/** Labels files of the granted folders, and a new one for a clip. */
export function LabelsList({ host }: { readonly host: Host }) {
  const files = useSignal<readonly LabelsEntry[] | undefined>(undefined);
  const attempt = useAttempt();
  const folders = useSignal<readonly string[]>([]);
  useEffect(() => {
    const load = async (): Promise<void> => {
      const { roots } = await host.call(listRoots, {});
      const lists = await Promise.all(roots.map(({ path }) => host.call(listLabels, { path })));
      const all = new Map(lists.flatMap((list) => list.files).map((file) => [file.path, file]));
      files.value = [...all.values()];
      folders.value = roots.flatMap(({ path }, i) =>
        new Set(lists[i]!.files.map(({ annotator }) => annotator)).size > 1 ? [path] : [],
      );
    };
    attempt.run(load());
  }, [host]);
  return (
    <div class="page">
      <h1>Labels</h1>
      <NewFile host={host} />
      <Failure of={attempt} />
      {folders.value.map((folder) => (
        <p key={folder}>
          <a href={viewFragment({ view: "agreement", id: folder })}>Agreement of annotators in {folder}</a>
        </p>
      ))}
      {files.value?.length === 0 && (
        <p class="muted">
          There are no labels files in the granted folders yet. Create one for a clip above.
        </p>
      )}
      {files.value !== undefined && files.value.length > 0 && (
        <div class="table-scroll">
          <table class="data">
            <TableHead titles={["File", "Annotator", "Clip", "Annotations", "Traces", "State"]} />
            <tbody>
              {files.value.map((file) => (
                <tr key={file.path}>
                  <th scope="row">
                    <a href={viewFragment({ view: "labels", id: file.path })}>{file.name}</a>
                  </th>
                  <td>{file.annotator}</td>
                  <td>{file.clip}</td>
                  <td>{file.annotations}</td>
                  <td>{file.traces}</td>
                  <td>{file.problem ?? (file.done ? "done" : "open")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function NewFile({ host }: { readonly host: Host }) {
  const attempt = useAttempt();
  const make = (): void => {
    const request = {
      clip: clip.value.trim(),
      annotator: annotator.value.trim(),
      scheme: schemeName.value === "" ? "emotions" : schemeName.value,
    };
    attempt.run(host.call(createLabels, request).then(({ path }) => show({ view: "labels", id: path })));
  };
  return (
    <section class="start" aria-label="Label a clip">
      <ClipPicker
        host={host}
        path={clip}
        placeholder="Path of a video or sound file in a granted folder"
        onEnter={make}
      >
        <TextField label="Annotator" placeholder="Your pseudonym" text={annotator} onEnter={make} />
        <Select
          label="Scheme"
          value={schemeName.value === "" ? "emotions" : schemeName.value}
          options={schemes}
          onChange={(value) => (schemeName.value = value)}
        />
        <Button
          icon="add"
          onClick={make}
          disabled={clip.value.trim() === "" || annotator.value.trim() === ""}
        >
          Label
        </Button>
      </ClipPicker>
      <Failure of={attempt} />
    </section>
  );
}
