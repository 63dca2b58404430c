import type { ComponentChildren } from "preact";
import { show, viewFragment, type View } from "../host/route.ts";

/** A link to another view; in a panel of VS Code there is no address to follow. */
export function ViewLink({ view, children }: { readonly view: View; readonly children: ComponentChildren }) {
  return (
    <a
      href={viewFragment(view)}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        show(view);
      }}
    >
      {children}
    </a>
  );
}
