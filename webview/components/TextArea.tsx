import { useId } from "preact/hooks";

export interface TextAreaProps {
  readonly label: string;
  readonly value: string;
  readonly rows?: number;
  readonly onInput: (value: string) => void;
}

/** Text of several lines, with its label above it. */
export function TextArea({ label, value, rows = 6, onInput }: TextAreaProps) {
  const id = useId();
  return (
    <div class="text-area">
      <label for={id}>{label}</label>
      <textarea id={id} rows={rows} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </div>
  );
}
