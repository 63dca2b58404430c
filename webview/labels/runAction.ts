import type { LabelActionId } from "../../shared/labels/actions.ts";
import { splitAnnotations } from "../../shared/labels/edits.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import { holds } from "../../shared/protocol/scheme.ts";
import {
  change,
  duplicateBelow,
  intensity,
  mergeSelected,
  nudge,
  removeSelected,
  shiftFromHere,
  target,
  trim,
} from "./editActions.ts";
import type { EditorState } from "./editorState.ts";
import type { Lane } from "./lanes.ts";
import type { Suggestion } from "./suggestion.ts";
import { counted } from "../../shared/text/counted.ts";

/** Runs an action of the label editor. */
export function runAction(id: LabelActionId, state: EditorState): void {
  actions[id](state);
}

const actions: { readonly [Id in LabelActionId]: (state: EditorState) => void } = {
  play: (state) => {
    state.playback.toggle();
  },
  pause: ({ playback }) => playback.pause(),
  forwards: ({ playback }) => playback.shuttle(1),
  backwards: ({ playback }) => playback.shuttle(-1),
  faster: (state) => speed(state, 1),
  slower: (state) => speed(state, -1),
  loop: toggleLoop,
  frameOn: (state) => step(state, 1),
  frameBack: (state) => step(state, -1),
  secondOn: (state) => state.goTo(state.nowMs + 1000),
  secondBack: (state) => state.goTo(Math.max(0, state.nowMs - 1000)),
  start: (state) => state.goTo(0),
  end: (state) => state.goTo(state.durationMs.value),
  next: (state) => jump(state, 1),
  previous: (state) => jump(state, -1),
  uncertain: nextUncertain,
  edgeOn: (state) => edge(state, 1),
  edgeBack: (state) => edge(state, -1),
  tierDown: (state) => upOrDown(state, 1),
  tierUp: (state) => upOrDown(state, -1),
  inPoint: (state) => {
    if (trim(state, "start")) return;
    state.inMs.value = state.hereMs;
    state.say("In point set; go on and press a label's key");
  },
  outPoint: (state) => {
    if (trim(state, "end")) return;
    if (state.stopRunning()) return;
    const lane = state.activeLane;
    const label = lane?.tier.labels?.[0]?.id;
    const startMs = state.inMs.value;
    if (
      lane === undefined ||
      holds(lane.tier) !== "stretches" ||
      label === undefined ||
      startMs === undefined ||
      startMs >= state.hereMs
    )
      return;
    state.inMs.value = undefined;
    // With the first label, selected: the next key corrects it.
    state.add(lane, label, startMs, state.hereMs, true);
  },
  stop: (state) => {
    if (state.rating.current.value !== undefined) state.rating.stop();
    else if (state.commenting.value) state.commenting.value = false;
    else if (!state.stopRunning()) {
      state.select([]);
      state.inMs.value = undefined;
      state.looping.value = undefined;
      state.currentProposal.value = undefined;
    }
  },
  apex: (state) => {
    const at = state.hereMs;
    const inside = target(state).filter(
      ({ startMs, endMs }) => endMs !== undefined && startMs <= at && at <= endMs,
    );
    change(state, inside, { apexMs: at });
    if (inside.length > 0) state.say("Apex set");
  },
  intensityUp: (state) => intensity(state, 1),
  intensityDown: (state) => intensity(state, -1),
  unsure: (state) => {
    const on = target(state).some(({ unsure }) => unsure !== true);
    change(state, target(state), { unsure: on ? true : undefined });
    state.say(on ? "Marked as not sure" : "Sure again");
  },
  comment: (state) => {
    const [first] = target(state);
    if (first === undefined) return;
    state.select([first.id]);
    state.commenting.value = true;
  },
  rate: (state) => state.rating.toggle(),
  done: (state) => {
    const blind = state.store.scheme.value?.blind === true;
    state.store.apply((document) => {
      const { done, ...head } = document.head;
      if (done === undefined) return { ...document, head: { ...head, done: new Date().toISOString() } };
      // Who goes on now has seen the model and colleagues.
      const seen = (blind || head.blind === true) && head.unblinded === undefined;
      return { ...document, head: { ...head, ...(seen && { unblinded: done }) } };
    });
    const left = state.toDo.value;
    const done = left.length === 0 ? "Marked as done" : `Marked as done, though ${left.join("; ")}`;
    state.say(state.store.document.value?.head.done === undefined ? "Open again" : done);
  },
  startEarlier: (state) => nudge(state, "start", -1),
  startLater: (state) => nudge(state, "start", 1),
  endEarlier: (state) => nudge(state, "end", -1),
  endLater: (state) => nudge(state, "end", 1),
  split: (state) => {
    const ids = new Set(target(state).map(({ id }) => id));
    state.store.apply((document) => splitAnnotations(document, ids, state.hereMs));
    state.say("Split");
  },
  merge: mergeSelected,
  shift: shiftFromHere,
  duplicate: duplicateBelow,
  remove: removeSelected,
  take: (state) => {
    const proposal = state.proposalNow();
    const lane = proposal && state.laneOfProposal(proposal);
    if (proposal !== undefined && lane !== undefined) state.take(proposal, lane, proposal.label);
  },
  refuse: (state) => {
    const proposal = state.proposalNow();
    const lane = proposal && state.laneOfProposal(proposal);
    if (proposal !== undefined && lane !== undefined) state.refuse(proposal, lane);
    else removeSelected(state);
  },
  zoomIn: (state) => state.zoom(0.5, state.nowMs),
  zoomOut: (state) => state.zoom(2, state.nowMs),
  zoomFrame: (state) => {
    const half = state.grid.frameMs * 15;
    state.show({ startMs: state.nowMs - half, endMs: state.nowMs + half });
  },
  showAll: (state) => state.showAll(),
  keys: (state) => (state.keysShown.value = !state.keysShown.value),
};

function speed(state: EditorState, direction: 1 | -1): void {
  state.playback.changeSpeed(direction);
  state.say(`Speed ${state.playback.rate.value}`);
}

function step(state: EditorState, by: 1 | -1): void {
  state.playback.step(by);
  state.follow(state.nowMs);
}

function toggleLoop(state: EditorState): void {
  if (state.looping.value !== undefined) {
    state.looping.value = undefined;
    state.say("No loop");
    return;
  }
  const [first] = target(state);
  if (first?.endMs === undefined) return;
  state.looping.value = { startMs: first.startMs, endMs: first.endMs };
  state.goTo(first.startMs);
  state.playback.play();
  state.say("Loop");
}

/** With proposals: the next one to decide; else the next annotation of the active tier. */
function jump(state: EditorState, direction: 1 | -1): void {
  const order = state.proposalOrder;
  if (order.length > 0) {
    const at = order.findIndex(({ id }) => id === state.currentProposal.value);
    const near = at >= 0 ? order[at + direction] : nearestProposal(state, order, direction);
    if (near !== undefined) state.goToProposal(near);
    return;
  }
  const all = state.activeLane?.annotations.all ?? [];
  const [selected] = state.selected;
  const at = selected === undefined ? -1 : all.indexOf(selected);
  const next =
    at >= 0
      ? all[at + direction]
      : direction > 0
        ? all.find(({ startMs }) => startMs > state.nowMs + 1)
        : all.findLast(({ startMs }) => startMs < state.nowMs - 1);
  goToAnnotation(state, next);
}

/** Where none is looked at yet: the least sure one, or the next from here on, which may begin right here. */
function nearestProposal(
  { leastSureFirst, nowMs, grid }: EditorState,
  order: readonly Suggestion[],
  direction: 1 | -1,
): Suggestion | undefined {
  if (leastSureFirst.value) return order.at(direction > 0 ? 0 : -1);
  return direction > 0
    ? (order.find(({ startMs }) => startMs >= nowMs - grid.frameMs / 2) ?? order[0])
    : order.findLast(({ startMs }) => startMs < nowMs - 1);
}

function goToAnnotation(state: EditorState, annotation: Annotation | undefined): void {
  if (annotation === undefined) {
    state.say("No more");
    return;
  }
  state.select([annotation.id]);
  state.goTo(annotation.startMs);
  state.say(state.describe(annotation));
}

function nextUncertain(state: EditorState): void {
  const all = state.store.document.value?.annotations.filter(({ unsure }) => unsure === true) ?? [];
  const next = all.find(({ startMs }) => startMs > state.nowMs + 1) ?? all[0];
  if (next !== undefined)
    state.activeKey.value = state.lanes.value.find(({ annotations }) => annotations.all.includes(next))?.key;
  goToAnnotation(state, next);
}

function edge(state: EditorState, direction: 1 | -1): void {
  const edges = (state.activeLane?.annotations.all ?? [])
    .flatMap(({ startMs, endMs = startMs }) => [startMs, endMs])
    .sort((a, b) => a - b);
  const next =
    direction > 0 ? edges.find((ms) => ms > state.hereMs + 1) : edges.findLast((ms) => ms < state.hereMs - 1);
  if (next !== undefined) state.goTo(next);
}

function upOrDown(state: EditorState, direction: 1 | -1): void {
  const rating = state.rating.current.value;
  if (rating !== undefined) {
    const { minimum = 0, maximum = 1 } = rating.lane.tier;
    state.rating.set(rating.value - (direction * (maximum - minimum)) / 20);
    return;
  }
  const lanes = state.lanes.value;
  const at = lanes.findIndex(({ key }) => key === state.activeLane?.key);
  const next: Lane | undefined = lanes[Math.min(Math.max(at + direction, 0), lanes.length - 1)];
  if (next === undefined) return;
  state.activeKey.value = next.key;
  state.say(`Tier ${next.title}, ${counted(next.annotations.all.length, "annotation")}`);
}
