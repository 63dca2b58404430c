import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listFolder, listRoots, type FolderEntry, type ListedFiles } from "../../../shared/protocol/media.ts";
import { Icon } from "../../components/Icon.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { bytes } from "../../data/text.ts";

export interface FolderBrowserProps {
  readonly host: Host;
  /** What is listed besides folders. */
  readonly files?: ListedFiles;
  readonly onPick: (path: string) => void;
}

/** Folders and files of the granted roots; with `files` none, a folder is what is picked. */
export function FolderBrowser({ host, files = "media", onPick }: FolderBrowserProps) {
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
        : host.call(listFolder, { path: folder, files }).then((answer) => answer.entries);
    attempt.run(listing.then((found) => (entries.value = found)));
  }, [folder, files, host]);
  return (
    <div class="browser">
      {folder !== undefined && (
        <button type="button" class="entry" onClick={() => (trail.value = trail.value.slice(0, -1))}>
          <Icon name="arrow-up" /> {folder}
        </button>
      )}
      {folder !== undefined && files === "none" && (
        <button type="button" class="entry" onClick={() => onPick(folder)}>
          <Icon name="check" /> Take this folder
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
          <Icon name={icons[entry.kind]} /> {entry.name}
          {entry.sizeBytes !== undefined && <span class="muted"> {bytes(entry.sizeBytes)}</span>}
        </button>
      ))}
      {entries.value?.length === 0 && (
        <p class="muted">
          {folder === undefined
            ? "No folder is granted yet. Grant one in VS Code, or start the daemon there."
            : nothing[files]}
        </p>
      )}
      <Failure of={attempt} />
    </div>
  );
}

const icons = { folder: "folder", media: "device-camera-video", file: "file" } as const;

const nothing: Readonly<Record<ListedFiles, string>> = {
  media: "No media in this folder.",
  training: "No training files in this folder.",
  table: "No tables in this folder.",
  avatar: "No heads (.glb, .vrm) or pictures in this folder.",
  none: "No folders in this one.",
};
