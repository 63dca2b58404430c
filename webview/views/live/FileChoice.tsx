import { useSignal } from "@preact/signals";
import type { LiveSource } from "../../../shared/protocol/live.ts";
import { Button } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { Host } from "../../host.ts";
import { FolderBrowser } from "../analyses/FolderBrowser.tsx";
import { errorText } from "../../data/text.ts";

export interface FileChoiceProps {
  readonly host: Host;
  readonly onChange: (source: LiveSource | undefined) => void;
}

/** A clip that is played as if it happened now. */
export function FileChoice({ host, onChange }: FileChoiceProps) {
  const path = useSignal("");
  const browsing = useSignal(false);
  const failure = useSignal<string | undefined>(undefined);
  const choose = (chosen: string): void => {
    path.value = chosen;
    onChange(chosen.trim() === "" ? undefined : { kind: "file", path: chosen.trim() });
  };
  const browse = (): void => {
    failure.value = undefined;
    if (host.chooseClip === undefined) browsing.value = !browsing.value;
    else
      host
        .chooseClip()
        .then((chosen) => {
          if (chosen !== undefined) choose(chosen);
        })
        .catch((error: unknown) => (failure.value = errorText(error)));
  };
  return (
    <>
      <div class="row">
        <TextField
          label="Path of a clip"
          placeholder="Path of a video in a granted folder"
          text={path}
          onInput={choose}
        />
        <Button icon="folder" secondary onClick={browse}>
          Browse
        </Button>
      </div>
      {browsing.value && <FolderBrowser host={host} onPick={choose} />}
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
    </>
  );
}
