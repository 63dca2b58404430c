import "@vscode-elements/elements/dist/vscode-textfield/index.js";
import { element } from "./element.ts";

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly disabled?: boolean;
  readonly onInput: (value: string) => void;
  readonly onEnter?: () => void;
}

export function TextField({ label, value, placeholder, disabled, onInput, onEnter }: TextFieldProps) {
  return element("vscode-textfield", {
    label,
    "aria-label": label,
    value,
    placeholder,
    disabled,
    spellcheck: false,
    onInput: (event: Event) => onInput((event.currentTarget as HTMLInputElement).value),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Enter") onEnter?.();
    },
  });
}
