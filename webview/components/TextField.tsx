import "@vscode-elements/elements/dist/vscode-textfield/index.js";
import type { Signal } from "@preact/signals";
import { element } from "./element.ts";

export interface TextFieldProps {
  readonly label: string;
  /** Shown, and changed by typing. */
  readonly text: Signal<string>;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly onInput?: (value: string) => void;
  readonly onEnter?: () => void;
}

/** A line of text bound to a signal. */
export function TextField({ label, text, placeholder, disabled, onInput, onEnter }: TextFieldProps) {
  return element("vscode-textfield", {
    label,
    "aria-label": label,
    value: text.value,
    placeholder,
    disabled,
    spellcheck: false,
    onInput: (event: Event) => {
      text.value = (event.currentTarget as HTMLInputElement).value;
      onInput?.(text.value);
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Enter") onEnter?.();
    },
  });
}
