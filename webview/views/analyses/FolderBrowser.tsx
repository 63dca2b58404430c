import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listFolder, listRoots, type FolderEntry } from "../../../shared/protocol/media.ts";
import { Icon } from "../../components/Icon.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { bytes } from "../../data/text.ts";

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
  const attempt = useAttempt();
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
    attempt.run(listing.then((found) => (entries.value = found)));
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
      <Failure of={attempt} />
    </div>
  );
}
