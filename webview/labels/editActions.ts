import { overlaps } from "../../shared/labels/check/overlaps.ts";
import {
  changeAnnotations,
  duplicateAnnotations,
  mergeAnnotations,
  moveAnnotations,
  removeAnnotations,
} from "../../shared/labels/edits.ts";
import { labelOf, tierOf } from "../../shared/labels/scheme.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import type { EditorState } from "./editorState.ts";
import { freeAround, moved } from "./labelling.ts";

/** What an edit is about: the selection, or what lies under the playhead on the active tier. */
export function target(state: EditorState): Annotation[] {
  const { selected } = state;
  if (selected.length > 0) return selected;
  const here = state.activeLane?.annotations.at(state.hereMs);
  return here === undefined ? [] : [here];
}

/** Changes annotations, where there are any. */
export function change(
  { store }: EditorState,
  annotations: readonly Annotation[],
  to: Parameters<typeof changeAnnotations>[2],
): void {
  if (annotations.length === 0) return;
  store.apply((document) => changeAnnotations(document, new Set(annotations.map(({ id }) => id)), to));
}

/** Moves an edge of the one selected to the playhead. @returns whether there was one */
export function trim(state: EditorState, part: "start" | "end"): boolean {
  const [only, ...others] = state.selected;
  if (only?.endMs === undefined || others.length > 0) return false;
  const byMs = state.hereMs - (part === "start" ? only.startMs : only.endMs);
  move(state, only, part, byMs);
  return true;
}

/** Moves an edge by a frame. */
export function nudge(state: EditorState, part: "start" | "end", by: 1 | -1): void {
  for (const annotation of target(state)) move(state, annotation, part, by * state.grid.frameMs);
  const [first] = target(state);
  if (first !== undefined) state.say(state.describe(first));
}

function move(state: EditorState, annotation: Annotation, part: "start" | "end", byMs: number): void {
  const { store, grid, durationMs } = state;
  const tier = store.scheme.value && tierOf(store.scheme.value, annotation.tier);
  const document = store.document.value;
  if (document === undefined) return;
  const room =
    tier === undefined
      ? { fromMs: 0, toMs: durationMs.value }
      : freeAround(document, annotation, tier, durationMs.value);
  change(
    state,
    [annotation],
    moved(annotation, annotation.endMs === undefined ? "body" : part, byMs, room, grid.frameMs),
  );
}

/** The next stronger or weaker degree of the tier; below the weakest none. */
export function intensity(state: EditorState, direction: 1 | -1): void {
  const scheme = state.store.scheme.value;
  const all = target(state);
  change(state, all, ({ tier, intensity: now }) => {
    const degrees = scheme === undefined ? [] : (tierOf(scheme, tier)?.intensity ?? []);
    const at = now === undefined ? -1 : degrees.indexOf(now);
    const next = Math.min(at + direction, degrees.length - 1);
    return { intensity: next < 0 ? undefined : degrees[next] };
  });
  const [first] = target(state);
  if (first !== undefined)
    state.say(first.intensity === undefined ? "No intensity" : `Intensity ${first.intensity}`);
}

/** Joins what is selected; one alone with what follows it. */
export function mergeSelected(state: EditorState): void {
  let all = target(state);
  if (all.length === 1) {
    const lane = state.lanes.value.find(({ annotations }) => annotations.all.includes(all[0]!));
    const next = lane?.annotations.all.find(({ startMs }) => startMs > all[0]!.startMs);
    if (next !== undefined) all = [...all, next];
  }
  if (all.length < 2) return;
  state.store.apply((document) => mergeAnnotations(document, new Set(all.map(({ id }) => id))));
  state.select([all[0]!.id]);
  state.say("Merged");
}

/** As where a part was put into the clip, or cut out of it: on all tiers what begins no earlier goes along. */
export function shiftFromHere(state: EditorState): void {
  const [first] = target(state);
  const scheme = state.store.scheme.value;
  const before = state.store.document.value;
  if (first === undefined || before === undefined) return;
  const byMs = state.hereMs - first.startMs;
  const moved = before.annotations.filter(({ startMs }) => startMs >= first.startMs);
  const after = moveAnnotations(before, new Set(moved.map(({ id }) => id)), byMs);
  const count = (document: typeof before) => (scheme === undefined ? 0 : overlaps(document, scheme).length);
  if (count(after) > count(before) || moved.some(({ startMs }) => startMs + byMs < 0)) {
    state.say("Nothing is moved: it would overlap what stands before it");
    return;
  }
  state.store.apply((document) => moveAnnotations(document, new Set(moved.map(({ id }) => id)), byMs));
  state.say(`${moved.length} moved by ${(byMs / 1000).toFixed(3)} s`);
}

/** Copies to the next tier below that holds the same. */
export function duplicateBelow(state: EditorState): void {
  const all = target(state);
  const lanes = state.lanes.value;
  const at = lanes.findIndex(({ annotations }) => all[0] !== undefined && annotations.all.includes(all[0]));
  const below = lanes.slice(at + 1).find(({ tier }) => tier.kind === lanes[at]?.tier.kind);
  if (below === undefined || all.length === 0) return;
  const labelFor = (label: string) =>
    labelOf(below.tier, label) === undefined ? (below.tier.labels?.[0]?.id ?? label) : label;
  state.store.apply((document) =>
    duplicateAnnotations(document, new Set(all.map(({ id }) => id)), below.tier.id, labelFor),
  );
  state.say(`Copied to ${below.title}`);
}

/** Deletes what is selected, or lies under the playhead. */
export function removeSelected(state: EditorState): void {
  const all = target(state);
  if (all.length === 0) return;
  state.store.apply((document) => removeAnnotations(document, new Set(all.map(({ id }) => id))));
  state.select([]);
  state.say(all.length === 1 ? `${all[0]!.label} deleted` : `${all.length} deleted`);
}
