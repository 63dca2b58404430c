import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listFolder, listRoots, type FolderEntry } from "../../../shared/protocol/media.ts";
import { Icon } from "../../components/Icon.tsx";
import { Notice } from "../../components/Notice.tsx";
import type { Host } from "../../host.ts";
import { bytes, errorText } from "../../data/text.ts";

/** Folders and media of the granted roots. */
export function FolderBrowser({
  host,
  onPick,
}: {
  readonly host: Host;
  readonly onPick: (path: string) => void;
}) {
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
