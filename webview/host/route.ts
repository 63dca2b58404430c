import { signal } from "@preact/signals";

/** What the page shows; written in the fragment of its address. */
export type View =
  | { readonly view: "analyses" }
  | { readonly view: "analysis"; readonly id: string }
  /** `id` and `other` of two results of one clip; see `resultIdSchema` of experimentTable.ts. */
  | { readonly view: "compare"; readonly id: string; readonly other: string }
  /** `id`: folder of the results of an experiment; without one, all that are found. */
  | { readonly view: "experiments"; readonly id?: string }
  /** `id` of the network whose card is open. */
  | { readonly view: "models"; readonly id?: string }
  /** `id` of a training; without one, all of them. */
  | { readonly view: "training"; readonly id?: string }
  /** `id`: path of a labels file; without one, files to choose from, or in VS Code the file that the panel edits. */
  | { readonly view: "labels"; readonly id?: string; readonly atMs?: number }
  /** `id`: a folder of labels. */
  | { readonly view: "agreement"; readonly id: string }
  /** `id` of the session that is watched; without one, sources to choose from. */
  | { readonly view: "live"; readonly id?: string }
  | { readonly view: "queue" }
  | { readonly view: "capture" }
  /** Points on the screen, by which a gaze is calibrated. */
  | { readonly view: "gaze" }
  /** `id` of a study; without one, the list of studies. */
  | { readonly view: "beq"; readonly id?: string }
  /** The questionnaire of the session `id`. */
  | { readonly view: "form"; readonly id: string };

function parseView(fragment: string): View {
  const [, labels, atMs] = /^#?\/?labels\/([^?]+)(?:\?at=(\d+))?$/.exec(fragment) ?? [];
  if (labels !== undefined)
    return { view: "labels", id: decodeURIComponent(labels), ...(atMs && { atMs: Number(atMs) }) };
  const [, folder] = /^#?\/?agreement\/(.+)$/.exec(fragment) ?? [];
  if (folder !== undefined) return { view: "agreement", id: decodeURIComponent(folder) };
  const [, one, other] = /^#?\/?compare\/([^/]+)\/([^/]+)$/.exec(fragment) ?? [];
  if (one !== undefined && other !== undefined)
    return { view: "compare", id: decodeURIComponent(one), other: decodeURIComponent(other) };
  const [, results] = /^#?\/?experiments(?:\/(.+))?$/.exec(fragment) ?? [];
  if (results !== undefined) return { view: "experiments", id: decodeURIComponent(results) };
  if (/^#?\/?labels$/.test(fragment)) return { view: "labels" };
  const [, view, id] = /^#?\/?([a-z]+)(?:\/([\w-]+))?/.exec(fragment) ?? [];
  if ((view === "analysis" || view === "form") && id !== undefined) return { view, id };
  if (view === "live" || view === "beq" || view === "models" || view === "training")
    return id === undefined ? { view } : { view, id };
  return view === "capture" || view === "gaze" || view === "queue" || view === "experiments"
    ? { view }
    : { view: "analyses" };
}

/** The fragment of the address that shows a view. */
export function viewFragment(view: View): string {
  if (!("id" in view)) return `#/${view.view}`;
  const other = view.view === "compare" ? `/${encodeURIComponent(view.other)}` : "";
  const at = view.view === "labels" && view.atMs !== undefined ? `?at=${Math.round(view.atMs)}` : "";
  return `#/${view.view}/${encodeURIComponent(view.id)}${other}${at}`;
}

/** A panel in VS Code is made for one view, which stands in its document. */
export const currentView = signal<View>(parseView(document.body.dataset["view"] ?? location.hash));

/** The view stands alone, without navigation and notices: somebody sees it who is not the user. */
export const alone = signal(false);

/** Goes to another view; in a browser the address follows. */
export function show(view: View): void {
  currentView.value = view;
  if (document.body.dataset["view"] === undefined) location.hash = viewFragment(view);
}

/** Follows the back and forward buttons. Call once. */
export function followAddress(): void {
  addEventListener("hashchange", () => (currentView.value = parseView(location.hash)));
}
