import "@vscode-elements/elements/dist/vscode-checkbox/index.js";
import { element } from "./element.ts";

export interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** A box to tick, with its label. */
export function Checkbox({ label, checked, onChange }: CheckboxProps) {
  return element("vscode-checkbox", {
    label,
    checked,
    onChange: (event: Event) => onChange((event.currentTarget as HTMLInputElement).checked),
  });
}
