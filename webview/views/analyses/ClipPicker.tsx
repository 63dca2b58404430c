import { useSignal, type Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { TextField } from "../../components/TextField.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { FolderBrowser } from "./FolderBrowser.tsx";

export interface ClipPickerProps {
  readonly host: Host;
  readonly path: Signal<string>;
  readonly placeholder: string;
  readonly onEnter?: () => void;
  /** Of each change, by typing too. */
  readonly onChange?: (path: string) => void;
  /** What the form asks beside the clip. */
  readonly children?: ComponentChildren;
}

/** A row with the path of a clip, and a look into the granted folders, or the editor's own dialog, to choose it. */
export function ClipPicker({ host, path, placeholder, onEnter, onChange, children }: ClipPickerProps) {
  const browsing = useSignal(false);
  const attempt = useAttempt();
  const choose = (chosen: string): void => {
    path.value = chosen;
    onChange?.(chosen);
  };
  const browse = (): void => {
    if (host.chooseClip === undefined) browsing.value = !browsing.value;
    else
      attempt.run(
        host.chooseClip().then((chosen) => {
          if (chosen !== undefined) choose(chosen);
        }),
      );
  };
  return (
    <>
      <div class="row">
        <TextField
          label="Path of a clip"
          placeholder={placeholder}
          text={path}
          onInput={choose}
          onEnter={() => onEnter?.()}
        />
        {children}
        <Button icon="folder" secondary onClick={browse}>
          Browse
        </Button>
      </div>
      {browsing.value && <FolderBrowser host={host} onPick={choose} />}
      <Failure of={attempt} />
    </>
  );
}
