import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { checkLabels } from "../../shared/labels/check/checkLabels.ts";
import type { LabelFacts, LabelProblem } from "../../shared/labels/check/problem.ts";
import { changeAnnotations, newAnnotationId, roundMs } from "../../shared/labels/edits.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import type { Face, Proposal } from "../../shared/protocol/labelRoutes.ts";
import { formatTime } from "../draw/timeView.ts";
import { Playback } from "../player/playback.ts";
import { ClipView } from "../timeline/clipView.ts";
import type { DragPreview } from "./dragPreview.ts";
import { FrameGrid } from "./frameGrid.ts";
import { placeAnnotation } from "./labelling.ts";
import { lanesOf, type Lane } from "./lanes.ts";
import type { Edit, LabelsStore } from "./labelsStore.ts";
import type { Suggestion } from "./suggestion.ts";
import { colleagueSuggestions, refuseSuggestion, takeSuggestion, unsettled } from "./suggestions.ts";
import { tierLayer, type LaneLayer } from "./tierLayer.ts";
import { toDo } from "./toDo.ts";
import { traceLayer } from "./traceLayer.ts";
import { TraceRating } from "./traceRating.ts";
import { holds } from "../../shared/protocol/scheme.ts";

/** A label that is being given while the clip plays. */
export interface Running {
  readonly lane: Lane;
  readonly label: string;
  readonly startMs: number;
}

/** What an analysis proposes, as far as it is shown. */
export interface ProposalSettings {
  readonly analysisId: string;
  readonly all: readonly Proposal[];
  readonly faces: readonly Face[];
}

const noDurationMs = 86_400_000;
/** As long as this the timeline is at least, also before the clip's length is known. */
const minWholeMs = 1000;

/** All that the label editor knows beyond the file: what is selected, what runs, which part is shown. */
export class EditorState extends ClipView {
  readonly store: LabelsStore;
  readonly grid = new FrameGrid();
  readonly playback: Playback;
  readonly durationMs = signal(0);
  readonly selection = signal<ReadonlySet<string>>(new Set());
  readonly activeKey = signal<string | undefined>(undefined);
  readonly running = signal<Running | undefined>(undefined);
  readonly rating = new TraceRating(this);
  readonly inMs = signal<number | undefined>(undefined);
  readonly looping = signal<{ readonly startMs: number; readonly endMs: number } | undefined>(undefined);
  readonly proposals = signal<ProposalSettings | undefined>(undefined);
  /** Below this confidence nothing is proposed. */
  readonly threshold = signal(0);
  readonly leastSureFirst = signal(false);
  readonly currentProposal = signal<string | undefined>(undefined);
  /** What a screen reader hears. */
  readonly said = signal("");
  readonly keysShown = signal(false);
  /** When the key of a label was last pressed, by key. */
  readonly labelKeys = new Map<string, number>();
  readonly commenting = signal(false);
  readonly lanes: ReadonlySignal<readonly Lane[]>;
  /** The lanes as the timeline draws them. */
  readonly layers: ReadonlySignal<readonly LaneLayer[]>;
  /** What is being drawn or dragged. */
  readonly preview = signal<DragPreview | undefined>(undefined);
  /** Proposals that are neither taken nor refused, above the threshold; in a gold file what is not settled yet. */
  readonly open: ReadonlySignal<readonly Suggestion[]>;
  /** In a gold file: what colleagues say. */
  readonly colleagues: ReadonlySignal<readonly Suggestion[]>;
  readonly blind: ReadonlySignal<boolean>;
  /** What the scheme requires and is not there yet, in sentences. */
  readonly toDo: ReadonlySignal<readonly string[]>;
  /** What is wrong in the file, with its fixes. */
  readonly problems: ReadonlySignal<readonly LabelProblem[]>;

  constructor(store: LabelsStore, hasVideo: boolean, durationMs: number) {
    super({ startMs: 0, endMs: Math.max(minWholeMs, Math.min(durationMs || 60_000, 60_000)) });
    this.store = store;
    this.setDuration(durationMs);
    this.playback = new Playback(this.grid, durationMs || noDurationMs, hasVideo);
    this.blind = computed(() => {
      const head = store.document.value?.head;
      const asked = head?.blind === true || store.scheme.value?.blind === true;
      return asked && head?.done === undefined && head?.gold !== true;
    });
    this.colleagues = computed(() => (this.isGold ? colleagueSuggestions(store.colleagues.value) : []));
    this.open = computed(() => {
      const document = store.document.value;
      if (document?.head.gold === true) return unsettled(document, this.colleagues.value);
      const proposals = this.proposals.value;
      if (document === undefined || proposals === undefined || this.blind.value) return [];
      const settled = new Set(
        [...document.annotations, ...document.refused].flatMap(({ from }) =>
          from?.analysis === proposals.analysisId ? String(from["proposal"]) : [],
        ),
      );
      return proposals.all.filter(
        ({ id, confidence = 1 }) => confidence >= this.threshold.value && !settled.has(id),
      );
    });
    this.lanes = computed(() => {
      const document = store.document.value;
      return document === undefined
        ? []
        : lanesOf({
            document,
            scheme: store.scheme.value,
            faces: this.proposals.value?.faces ?? [],
            proposals: this.open.value,
            colleagues: this.colleagues.value,
            others: store.colleagues.value,
          });
    });
    this.layers = computed(() => {
      const [selection, currentProposal] = [this.selection.value, this.currentProposal.value];
      return this.lanes.value.map((lane) => {
        const look = { selection, currentProposal, active: lane.key === this.activeLane?.key };
        return holds(lane.tier) === "values" ? traceLayer(lane, look) : tierLayer(lane, look);
      });
    });
    this.toDo = computed(() =>
      this.lanes.value.flatMap((lane) =>
        lane.of === undefined ? (toDo(lane, this.durationMs.value) ?? []) : [],
      ),
    );
    this.problems = computed(() => {
      const document = store.document.value;
      return document === undefined ? [] : checkLabels(document, factsOf(store));
    });
  }

  get isGold(): boolean {
    return this.store.document.value?.head.gold === true;
  }

  get annotator(): string {
    return this.store.document.peek()?.head.annotator ?? "";
  }

  setDuration(durationMs: number): void {
    this.durationMs.value = durationMs;
    this.grid.durationMs = durationMs;
  }

  get wholeMs(): number {
    return Math.max(this.durationMs.value, minWholeMs);
  }

  get nowMs(): number {
    return this.playback.headingMs;
  }

  /** The playhead, at the edge of a frame. */
  get hereMs(): number {
    const at = this.grid.frameAt(this.nowMs);
    return roundMs(this.grid.timeOf(at));
  }

  get activeLane(): Lane | undefined {
    const lanes = this.lanes.value;
    return lanes.find(({ key }) => key === this.activeKey.value) ?? lanes[0];
  }

  say(text: string): void {
    // The same words again are heard again.
    this.said.value = this.said.value === text ? `${text} ` : text;
  }

  /** Goes there, and the timeline goes along. */
  goTo(timeMs: number): void {
    this.playback.seek(timeMs + (this.playback.playing.peek() ? 0 : Math.min(1, this.grid.frameMs / 4)));
    this.follow(timeMs);
  }

  select(ids: Iterable<string>): void {
    this.selection.value = new Set(ids);
  }

  get selected(): Annotation[] {
    const ids = this.selection.value;
    if (ids.size === 0) return [];
    return this.store.document.value?.annotations.filter(({ id }) => ids.has(id)) ?? [];
  }

  describe({ label, startMs, endMs, intensity, unsure }: Annotation): string {
    const time = endMs === undefined ? formatTime(startMs) : `${formatTime(startMs)} to ${formatTime(endMs)}`;
    return [label, intensity, time, unsure === true ? "not sure" : undefined].filter(Boolean).join(", ");
  }

  /**
   * A label's key. A proposal is taken with it; what is selected gets it; else, at a moment it is set, over time it begins,
   * and ends what ran before.
   */
  pressLabel(lane: Lane, label: string): void {
    const { store } = this;
    this.activeKey.value = lane.key;
    const proposal = this.proposalNow();
    if (proposal !== undefined && lane.proposals.all.includes(proposal)) {
      this.take(proposal, lane, label);
      return;
    }
    const selected = this.selected.filter(({ tier }) => tier === lane.tier.id);
    if (selected.length > 0 && this.running.value === undefined) {
      store.apply((document) =>
        changeAnnotations(document, new Set(selected.map(({ id }) => id)), { label }),
      );
      this.say(`${label}: ${selected.length === 1 ? "changed" : `${selected.length} changed`}`);
      return;
    }
    if (holds(lane.tier) === "moments") {
      this.add(lane, label, this.hereMs);
      return;
    }
    if (this.inMs.value !== undefined) {
      const startMs = this.inMs.value;
      this.inMs.value = undefined;
      if (this.hereMs > startMs) this.add(lane, label, startMs, this.hereMs);
      return;
    }
    const running = this.running.value;
    this.stopRunning();
    if (running?.label === label && running.lane.key === lane.key) return;
    this.running.value = { lane, label, startMs: this.hereMs };
    this.say(`${label} begins at ${formatTime(this.hereMs)}`);
  }

  /** Ends the label that runs. @returns whether one did */
  stopRunning(): boolean {
    const running = this.running.value;
    if (running === undefined) return false;
    this.running.value = undefined;
    const endMs = this.#endOfRunning;
    if (endMs > running.startMs) this.add(running.lane, running.label, running.startMs, endMs, false);
    else {
      this.store.draft();
      this.say(`${running.label} is dropped: the clip did not go on`);
    }
    return true;
  }

  /** Ends what runs while the clip plays. A label that waits for its end would cut what lies before the playhead: it is dropped. */
  leave(): void {
    if (this.playback.playing.peek()) this.stopRunning();
    else if (this.running.peek() !== undefined) this.store.draft();
    this.rating.stop();
  }

  /** The label that runs, as if it ended now. */
  get runningEdit(): Edit | undefined {
    const running = this.running.peek();
    if (running === undefined) return undefined;
    const { lane, label, startMs } = running;
    const endMs = this.#endOfRunning;
    return endMs > startMs ? added(lane, label, startMs, endMs) : undefined;
  }

  get #endOfRunning(): number {
    return Math.min(this.hereMs, this.durationMs.peek() || this.hereMs);
  }

  /** @param select whether it is what the next keys are about */
  add(lane: Lane, label: string, startMs: number, endMs?: number, select = false): void {
    this.store.apply(added(lane, label, startMs, endMs, (id) => select && this.select([id])));
    this.say(
      endMs === undefined
        ? `${label} at ${formatTime(startMs)}`
        : `${label}, ${formatTime(startMs)} to ${formatTime(endMs)}`,
    );
  }

  proposalNow(): Suggestion | undefined {
    return this.open.value.find(({ id }) => id === this.currentProposal.value);
  }

  laneOfProposal(proposal: Suggestion): Lane | undefined {
    return this.lanes.value.find(({ proposals }) => proposals.all.includes(proposal));
  }

  take(proposal: Suggestion, lane: Lane, label: string): void {
    const next = this.#after(proposal);
    takeSuggestion(this, proposal, lane, label);
    this.say(label === proposal.label ? `${label} taken` : `${proposal.label} corrected to ${label}`);
    this.goToProposal(next);
  }

  refuse(proposal: Suggestion, lane: Lane): void {
    const next = this.#after(proposal);
    refuseSuggestion(this, proposal, lane);
    this.say(`${proposal.label} refused`);
    this.goToProposal(next);
  }

  /** Proposals in the order in which they are gone through. */
  get proposalOrder(): readonly Suggestion[] {
    const shown = this.open.value.filter((proposal) => this.laneOfProposal(proposal) !== undefined);
    return this.leastSureFirst.value
      ? shown.toSorted((a, b) => (a.confidence ?? 1) - (b.confidence ?? 1) || a.startMs - b.startMs)
      : shown;
  }

  #after(proposal: Suggestion): Suggestion | undefined {
    const order = this.proposalOrder;
    return order[order.indexOf(proposal) + 1];
  }

  goToProposal(proposal: Suggestion | undefined): void {
    this.currentProposal.value = proposal?.id;
    if (proposal === undefined) return;
    // What was taken may have settled the next one too.
    if (!this.open.value.includes(proposal)) {
      const { startMs } = proposal;
      this.goToProposal(this.proposalOrder.find((one) => one.startMs >= startMs));
      return;
    }
    this.select([]);
    const lane = this.laneOfProposal(proposal);
    if (lane !== undefined) this.activeKey.value = lane.key;
    this.goTo(proposal.startMs);
    const sure =
      proposal.confidence === undefined ? "" : `, ${Math.round(100 * proposal.confidence)} per cent`;
    const whose = proposal.by === undefined ? "Proposal" : proposal.by;
    this.say(`${whose}: ${proposal.label}${sure}, ${formatTime(proposal.startMs)}`);
  }
}

/** A new annotation, which makes the room that it needs. */
function added(
  { tier, face }: Lane,
  label: string,
  startMs: number,
  endMs: number | undefined,
  named: (id: string) => void = () => undefined,
): Edit {
  return (document) => {
    const id = newAnnotationId(document);
    named(id);
    return placeAnnotation(
      document,
      { tier, face, startMs, ...(endMs !== undefined && { endMs }), label },
      id,
    );
  };
}

/** What a check needs to know. */
function factsOf({ scheme, schemeProblem, clipFound, neighbours, facts }: LabelsStore): LabelFacts {
  const media = facts.value?.media;
  return {
    ...neighbours.value,
    ...(scheme.value !== undefined && { scheme: scheme.value }),
    ...(schemeProblem.value !== undefined && { schemeProblem: schemeProblem.value }),
    ...(media !== undefined && { clip: { sha256: media.sha256, durationMs: media.durationMs } }),
    ...(!clipFound.value && { clip: "missing" }),
  };
}
