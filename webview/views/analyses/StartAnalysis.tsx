import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { startAnalysis } from "../../../shared/protocol/analyses.ts";
import { listFolder, listRoots, type FolderEntry } from "../../../shared/protocol/media.ts";
import type { Pipeline } from "../../../shared/protocol/results.ts";
import { Button } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Select } from "../../components/Select.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { AnalysisList } from "../../data/analysisList.ts";
import type { Host } from "../../host.ts";
import { bytes, errorText, pipelineNames } from "../text.ts";

/** The avatar pipeline is not built yet; the daemon would refuse it. */
const pipelines = (["multimodal", "evm"] as const).map((value) => ({ value, text: pipelineNames[value] }));

export function StartAnalysis({ host, analyses }: { readonly host: Host; readonly analyses: AnalysisList }) {
  const path = useSignal("");
  const pipeline = useSignal<Pipeline>("multimodal");
  const browsing = useSignal(false);
  const failure = useSignal<string | undefined>(undefined);
  const start = (): void => {
    if (path.value.trim() === "") return;
    failure.value = undefined;
    host
      .call(startAnalysis, { mediaPath: path.value.trim(), pipeline: pipeline.value })
      .then(({ analysis }) => {
        analyses.put(analysis);
        path.value = "";
      })
      .catch((error: unknown) => (failure.value = errorText(error)));
  };
  return (
    <section class="start" aria-label="Analyse a clip">
      <div class="row">
        <TextField
          label="Path of a clip"
          placeholder="Path of a video or sound file in a granted folder"
          value={path.value}
          onInput={(value) => (path.value = value)}
          onEnter={start}
        />
        <Select
          label="Pipeline"
          value={pipeline.value as (typeof pipelines)[number]["value"]}
          options={pipelines}
          onChange={(value) => (pipeline.value = value)}
        />
        <Button icon="play" onClick={start} disabled={path.value.trim() === ""}>
          Analyse
        </Button>
        <Button icon="folder" secondary onClick={() => (browsing.value = !browsing.value)}>
          Browse
        </Button>
      </div>
      {browsing.value && <FolderBrowser host={host} onPick={(picked) => (path.value = picked)} />}
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
    </section>
  );
}

/** Folders and media of the granted roots. */
function FolderBrowser({ host, onPick }: { readonly host: Host; readonly onPick: (path: string) => void }) {
  const trail = useSignal<readonly string[]>([]);
  const entries = useSignal<readonly FolderEntry[] | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const folder = trail.value.at(-1);
  useEffect(() => {
    const listing =
      folder === undefined
        ? host
            .call(listRoots, {})
            .then(({ roots }) =>
              roots.map((root) => ({ name: root.path, path: root.path, kind: "folder" as const })),
            )
        : host.call(listFolder, { path: folder }).then((answer) => answer.entries);
    listing
      .then((found) => (entries.value = found))
      .catch((error: unknown) => (failure.value = errorText(error)));
  }, [folder, host]);
  return (
    <div class="browser">
      {folder !== undefined && (
        <button type="button" class="entry" onClick={() => (trail.value = trail.value.slice(0, -1))}>
          <Icon name="arrow-up" /> {folder}
        </button>
      )}
      {entries.value?.map((entry) => (
        <button
          key={entry.path}
          type="button"
          class="entry"
          onClick={() => {
            if (entry.kind === "folder") trail.value = [...trail.value, entry.path];
            else onPick(entry.path);
          }}
        >
          <Icon name={entry.kind === "folder" ? "folder" : "device-camera-video"} /> {entry.name}
          {entry.sizeBytes !== undefined && <span class="muted"> {bytes(entry.sizeBytes)}</span>}
        </button>
      ))}
      {entries.value?.length === 0 && (
        <p class="muted">
          {folder === undefined
            ? "No folder is granted yet. Grant one in VS Code, or start the daemon there."
            : "No media in this folder."}
        </p>
      )}
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
    </div>
  );
}
