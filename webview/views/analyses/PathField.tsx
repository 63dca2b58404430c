import { useSignal, type Signal } from "@preact/signals";
import type { ListedFiles } from "../../../shared/protocol/media.ts";
import { Button } from "../../components/Button.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { Host } from "../../host.ts";
import { PanelHost } from "../../host/panelHost.ts";
import { FolderBrowser } from "./FolderBrowser.tsx";

export interface PathFieldProps {
  readonly host: Host;
  readonly label: string;
  readonly path: Signal<string>;
  /** What is to be chosen; `none` is a folder. */
  readonly files: ListedFiles;
  readonly placeholder: string;
}

/** The path of a file or folder, typed or chosen from the granted folders. */
export function PathField({ host, label, path, files, placeholder }: PathFieldProps) {
  const browsing = useSignal(false);
  return (
    <>
      <div class="row">
        <TextField label={label} placeholder={placeholder} text={path} />
        {!(host instanceof PanelHost) && (
          <Button icon="folder" secondary onClick={() => (browsing.value = !browsing.value)}>
            Choose {label.toLowerCase()}
          </Button>
        )}
      </div>
      {browsing.value && (
        <FolderBrowser
          host={host}
          files={files}
          onPick={(chosen) => {
            path.value = chosen;
            browsing.value = false;
          }}
        />
      )}
    </>
  );
}
