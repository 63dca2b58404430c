import { useSignal } from "@preact/signals";
import type { LiveSource } from "../../../shared/protocol/live.ts";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { TextField } from "../../components/TextField.tsx";
import type { Host } from "../../host.ts";
import { FolderBrowser } from "../analyses/FolderBrowser.tsx";

export interface FileChoiceProps {
  readonly host: Host;
  readonly onChange: (source: LiveSource | undefined) => void;
}

/** A clip that is played as if it happened now. */
export function FileChoice({ host, onChange }: FileChoiceProps) {
  const path = useSignal("");
  const browsing = useSignal(false);
  const attempt = useAttempt();
  const choose = (chosen: string): void => {
    path.value = chosen;
    onChange(chosen.trim() === "" ? undefined : { kind: "file", path: chosen.trim() });
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
          placeholder="Path of a video in a granted folder"
          text={path}
          onInput={choose}
        />
        <Button icon="folder" secondary onClick={browse}>
          Browse
        </Button>
      </div>
      {browsing.value && <FolderBrowser host={host} onPick={choose} />}
      <Failure of={attempt} />
    </>
  );
}
