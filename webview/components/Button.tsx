import "@vscode-elements/elements/dist/vscode-button/index.js";
import type { ComponentChildren } from "preact";
import { element } from "./element.ts";
import { Icon } from "./Icon.tsx";

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly icon?: string;
  readonly secondary?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** A button with a text, and perhaps an icon before it. */
export function Button({ children, icon, secondary = false, disabled = false, onClick }: ButtonProps) {
  return element("vscode-button", { secondary, disabled, onClick }, [
    icon !== undefined && <Icon key="icon" name={icon} slot="content-before" />,
    children,
  ]);
}

export interface IconButtonProps {
  /** Read out, and shown on hover. */
  readonly label: string;
  readonly icon: string;
  readonly text?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

/** A button of a toolbar. */
export function IconButton({ label, icon, text, pressed, disabled, onClick }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
      {text !== undefined && <span>{text}</span>}
    </button>
  );
}
