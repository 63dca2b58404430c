import "@vscode-elements/elements/dist/vscode-option/index.js";
import "@vscode-elements/elements/dist/vscode-single-select/index.js";
import { element } from "./element.ts";

export interface SelectProps<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly { readonly value: V; readonly text: string }[];
  readonly onChange: (value: V) => void;
}

/** A choice of one of several. */
export function Select<V extends string>({ label, value, options, onChange }: SelectProps<V>) {
  return element(
    "vscode-single-select",
    {
      label,
      "aria-label": label,
      onChange: (event: Event) => onChange((event.currentTarget as HTMLSelectElement).value as V),
    },
    options.map((option) =>
      element(
        "vscode-option",
        { key: option.value, value: option.value, selected: option.value === value },
        option.text,
      ),
    ),
  );
}
