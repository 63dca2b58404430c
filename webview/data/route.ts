import { signal } from "@preact/signals";

/** What the page shows; written in the fragment of its address. */
export type View =
  | { readonly view: "analyses" }
  | { readonly view: "analysis"; readonly id: string }
  | { readonly view: "models" };

export function parseView(fragment: string): View {
  const [, view, id] = /^#?\/?([a-z]+)(?:\/([0-9a-f-]+))?/.exec(fragment) ?? [];
  if (view === "analysis" && id !== undefined) return { view, id };
  return view === "models" ? { view } : { view: "analyses" };
}

export function viewFragment(view: View): string {
  return view.view === "analysis" ? `#/analysis/${view.id}` : `#/${view.view}`;
}

/** A panel in VS Code is made for one view, which stands in its document. */
export const currentView = signal<View>(parseView(document.body.dataset["view"] ?? location.hash));

/** Follows the back and forward buttons. Call once. */
export function followAddress(): void {
  addEventListener("hashchange", () => (currentView.value = parseView(location.hash)));
}
