import type { Signal } from "@preact/signals";

export interface ToggleLinkProps {
  readonly text: string;
  /** Read out in place of the text, where that alone does not say enough. */
  readonly label?: string;
  readonly open: Signal<boolean>;
}

/** Words that open and close what stands below them. */
export function ToggleLink({ text, label, open }: ToggleLinkProps) {
  return (
    <button
      type="button"
      class="link"
      aria-expanded={open.value}
      aria-label={label}
      onClick={() => (open.value = !open.value)}
    >
      {text}
    </button>
  );
}
