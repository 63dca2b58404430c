import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface MenuProps {
  /** Of the element, for its styles. */
  readonly class: string;
  /** What opens it. */
  readonly summary: ComponentChildren;
  /** Where the summary is a picture alone. */
  readonly label?: string;
  /** Makes what is in it when it is first opened: selects that are made where nobody sees them show no choice. */
  readonly lazy?: boolean;
  readonly children: ComponentChildren;
}

/** Something that opens below its button; Escape, a click outside and leaving it with Tab close it. */
export function Menu({ class: name, summary, label, lazy = false, children }: MenuProps) {
  const opened = useSignal(!lazy);
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const menu = details.current!;
    const close = (): void => menu.removeAttribute("open");
    const onPointer = (event: Event): void => {
      if (!event.composedPath().includes(menu)) close();
    };
    const onFocus = ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) close();
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      close();
      menu.querySelector("summary")?.focus();
    };
    addEventListener("pointerdown", onPointer);
    addEventListener("keydown", onKey, true);
    menu.addEventListener("focusout", onFocus);
    return () => {
      removeEventListener("pointerdown", onPointer);
      removeEventListener("keydown", onKey, true);
      menu.removeEventListener("focusout", onFocus);
    };
  }, []);
  return (
    <details ref={details} class={`menu-button ${name}`} onToggle={() => (opened.value = true)}>
      <summary title={label} aria-label={label}>
        {summary}
      </summary>
      {opened.value && children}
    </details>
  );
}
