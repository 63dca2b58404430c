import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";

export interface TextAreaProps {
  readonly label: string;
  /** Shown, and changed by typing. */
  readonly text: Signal<string>;
  readonly rows?: number;
}

/** Text of several lines, with its label above it. */
export function TextArea({ label, text, rows = 6 }: TextAreaProps) {
  const id = useId();
  return (
    <div class="text-area">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
    </div>
  );
}
