import type { ComponentChildren } from "preact";
import { IconButton } from "./Button.tsx";
import { Icon } from "./Icon.tsx";

export interface NoticeProps {
  readonly kind: "info" | "error";
  readonly children: ComponentChildren;
  readonly onClose?: () => void;
}

/** A message in a frame; an error is read out at once. */
export function Notice({ kind, children, onClose }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === "error" ? "alert" : "note"}>
      <Icon name={kind === "error" ? "error" : "info"} />
      <div class="text">{children}</div>
      {onClose !== undefined && <IconButton icon="close" label="Close this notice" onClick={onClose} />}
    </div>
  );
}
