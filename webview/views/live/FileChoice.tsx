import { useSignal } from "@preact/signals";
import type { LiveSource } from "../../../shared/protocol/live.ts";
import type { Host } from "../../host.ts";
import { ClipPicker } from "../analyses/ClipPicker.tsx";

export interface FileChoiceProps {
  readonly host: Host;
  readonly onChange: (source: LiveSource | undefined) => void;
}

/** A clip that is played as if it happened now. */
export function FileChoice({ host, onChange }: FileChoiceProps) {
  const path = useSignal("");
  return (
    <ClipPicker
      host={host}
      path={path}
      placeholder="Path of a video in a granted folder"
      onChange={(chosen) =>
        onChange(chosen.trim() === "" ? undefined : { kind: "file", path: chosen.trim() })
      }
    />
  );
}
