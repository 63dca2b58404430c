import { seededRandom } from "./random.ts";

/** An annotation as the gamma measure sees it. */
export interface GammaUnit {
  readonly startMs: number;
  readonly endMs: number;
  /** Category, as a number that names it. */
  readonly label: number;
}

/** Units of several raters that are taken for the same event, or one alone. */
export interface AlignedUnits {
  /** Of each rater the unit, or nothing. */
  readonly units: readonly (GammaUnit | undefined)[];
  readonly cost: number;
  readonly atMs: number;
}

export interface BestAlignment {
  readonly groups: readonly AlignedUnits[];
  /** Sum of the costs. */
  readonly cost: number;
  /** Cost for each unit that a rater has on average. */
  readonly disorder: number;
  /** Whether every alignment that could be better was looked at. */
  readonly exact: boolean;
}

/** More states than this are not followed at one unit; the cheapest are kept. */
const maxStates = 400;

interface Placed extends GammaUnit {
  readonly rater: number;
  readonly index: number;
}

interface Group {
  /** In order of their index. */
  readonly members: readonly Placed[];
  readonly cost: number;
}

interface PricedGroup extends Group {
  /** What it costs beyond the least shares of its members. */
  readonly excess: number;
}

interface State {
  readonly cost: number;
  /** What its groups cost beyond the least shares of their members. */
  readonly excess: number;
  /** Units beyond the first open one that are taken already. */
  readonly taken: readonly number[];
  readonly before: State | undefined;
  readonly group: Group | undefined;
}

/**
 * The alignment of least disorder (Mathet, Widlocher and Metivier 2015, section 4), with the combined dissimilarity at alpha,
 * beta and delta-empty 1: ((|ds| + |de|) / (length + length))^2, and 1 where the categories differ.
 *
 * Every unit is in one group. From the first unit on, the groups that can hold it as their first are tried in each state,
 * a state being which later units are taken: a shortest path, cut to the cheapest {@link maxStates} where there are more.
 */
export function bestAlignment(raters: readonly (readonly GammaUnit[])[]): BestAlignment {
  const placed = raters
    .flatMap((units, rater) => units.map((unit) => ({ ...unit, rater })))
    .sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs || a.rater - b.rater)
    .map((unit, index): Placed => ({ ...unit, index }));
  const { groups: all, share } = groupsByFirst(placed, raters.length);
  const { groups, gap } = worthTrying(all, share);
  let exact = true;
  const open: Map<string, State>[] = placed.map(() => new Map<string, State>());
  const finished: State[] = [];
  const put = (state: State, from: number): void => {
    let next = from;
    while (state.taken.includes(next)) next++;
    const kept = { ...state, taken: state.taken.filter((index) => index > next) };
    // Even at the least that the rest can cost it would be dearer than what is known.
    if (kept.excess > gap + 1e-9) return;
    if (next >= placed.length) {
      finished.push(kept);
      return;
    }
    const key = kept.taken.join(",");
    const known = open[next]!.get(key);
    if (known === undefined || kept.cost < known.cost) open[next]!.set(key, kept);
  };
  put({ cost: 0, excess: 0, taken: [], before: undefined, group: undefined }, 0);
  for (let at = 0; at < placed.length; at++) {
    let states = [...open[at]!.values()];
    open[at]!.clear();
    if (states.length > maxStates) {
      exact = false;
      states = states.sort((a, b) => a.excess - b.excess).slice(0, maxStates);
    }
    for (const state of states)
      for (const group of groups[at]!) {
        if (group.members.some(({ index }) => state.taken.includes(index))) continue;
        const taken =
          group.members.length === 1
            ? state.taken
            : [...state.taken, ...group.members.slice(1).map(({ index }) => index)].sort((a, b) => a - b);
        const { cost, excess } = group;
        put({ cost: state.cost + cost, excess: state.excess + excess, taken, before: state, group }, at + 1);
      }
  }
  const [first, ...others] = finished;
  const best = others.reduce((a, b) => (b.cost < a!.cost ? b : a), first);
  const found: AlignedUnits[] = [];
  for (let state = best; state?.group !== undefined; state = state.before)
    found.push(described(state.group, raters.length));
  const cost = best?.cost ?? 0;
  return {
    groups: found.reverse(),
    cost,
    disorder: placed.length === 0 ? 0 : (cost * raters.length) / placed.length,
    exact,
  };
}

function described({ members, cost }: Group, raters: number): AlignedUnits {
  const units: (GammaUnit | undefined)[] = Array.from({ length: raters }, () => undefined);
  for (const member of members) units[member.rater] = member;
  const atMs = members.reduce((sum, { startMs, endMs }) => sum + (startMs + endMs) / 2, 0) / members.length;
  return { units, cost, atMs };
}

/** For each unit the groups in which it comes first, and each unit's least share of a cost. */
function groupsByFirst(placed: readonly Placed[], raters: number) {
  const pairs = (raters * (raters - 1)) / 2;
  const share = new Float64Array(placed.length).fill(1);
  const groups = placed.map((first) => {
    const near = neighbours(placed, first, pairs, raters);
    const found: Group[] = [];
    const members: Placed[] = [first];
    const extend = (rater: number, distance: number): void => {
      if (rater === raters) {
        const inside = (members.length * (members.length - 1)) / 2;
        const cost = (distance + (pairs - inside)) / pairs;
        // Dearer than all of them alone.
        if (cost > members.length + 1e-9) return;
        found.push({ members: [...members].sort((a, b) => a.index - b.index), cost });
        for (const { index } of members) share[index] = Math.min(share[index]!, cost / members.length);
        return;
      }
      extend(rater + 1, distance);
      for (const unit of near[rater]!) {
        let more = 0;
        for (const member of members) more += dissimilarity(member, unit);
        // Leaving it alone would be cheaper.
        if (more > pairs + raters - 1) continue;
        members.push(unit);
        extend(rater + 1, distance + more);
        members.pop();
      }
    };
    extend(0, 0);
    return found;
  });
  return { groups, share };
}

/**
 * The groups that can be in a best alignment. The least shares of all units bound its cost from below, an alignment that
 * takes the cheapest groups first bounds it from above: what lies between them is all that a group may cost beyond the
 * shares of its members (reduced cost fixing).
 */
function worthTrying(all: readonly (readonly Group[])[], share: Float64Array) {
  const priced = all.map((groups) =>
    groups.map((group): PricedGroup => ({
      ...group,
      excess: group.members.reduce((rest, { index }) => rest - share[index]!, group.cost),
    })),
  );
  const taken = new Set<number>();
  let gap = 0;
  for (const { members, excess } of priced.flat().sort((a, b) => dearness(a) - dearness(b))) {
    if (members.some(({ index }) => taken.has(index))) continue;
    for (const { index } of members) taken.add(index);
    gap += excess;
  }
  const groups = priced.map((some) =>
    some.filter(({ excess }) => excess <= gap + 1e-9).sort((a, b) => a.excess - b.excess),
  );
  return { groups, gap };
}

const dearness = ({ cost, members }: Group): number => cost / members.length;

/** Later units of each other rater that can share a group with `first`. */
function neighbours(placed: readonly Placed[], first: Placed, pairs: number, raters: number): Placed[][] {
  const near: Placed[][] = Array.from({ length: raters }, () => []);
  const maxCost = pairs + raters - 1;
  for (let i = first.index + 1; i < placed.length; i++) {
    const unit = placed[i]!;
    if (unit.rater === first.rater) continue;
    if (dissimilarity(first, unit) <= maxCost) near[unit.rater]!.push(unit);
    // A unit that starts so late is too far, whatever its length: its distance from then on grows with its start.
    else if (unit.startMs > first.endMs && tooFar(first, unit, maxCost)) break;
  }
  return near;
}

/** Whether even the longest unit that starts there would be too far: as it grows the distance nears 1 from above. */
function tooFar(first: Placed, unit: Placed, maxCost: number): boolean {
  // ((ds + de) / (la + lb))^2 with de = ds + lb - la is at most `maxCost` only where lb >= (2 ds - la - la r) / (r - 1).
  const root = Math.sqrt(maxCost);
  const apart = unit.startMs - first.startMs;
  const length = first.endMs - first.startMs;
  return (2 * apart - length * (1 + root)) / (root - 1) > maxMs;
}

/** No annotation is longer than a day. */
const maxMs = 86_400_000;

function dissimilarity(a: GammaUnit, b: GammaUnit): number {
  const lengths = a.endMs - a.startMs + (b.endMs - b.startMs);
  const apart = Math.abs(a.startMs - b.startMs) + Math.abs(a.endMs - b.endMs);
  const position = lengths > 0 ? (apart / lengths) ** 2 : Number(apart > 0);
  return position + Number(a.label !== b.label);
}

/**
 * The disorder that chance gives: the mean over continua in which each rater is a random one of the given, turned around by
 * a random shift; shifts keep half a mean length apart (Mathet et al. 2015, section 5.2).
 */
export function expectedDisorder(
  raters: readonly (readonly GammaUnit[])[],
  { samples, seed }: { readonly samples: number; readonly seed: number },
): { readonly disorder: number; readonly exact: boolean } {
  const random = seededRandom(seed);
  const all = raters.flat();
  const from = Math.min(...all.map(({ startMs }) => startMs));
  const span = Math.max(...all.map(({ endMs }) => endMs)) - from;
  const apart = all.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0) / all.length / 2;
  let sum = 0;
  let exact = true;
  for (let sample = 0; sample < samples;) {
    const shifts = pivots(raters.length, span, apart, random);
    const turned = shifts.map((shift) =>
      raters[Math.floor(random() * raters.length)]!.map((unit): GammaUnit => {
        const startMs = from + ((unit.startMs - from + shift) % span);
        return { startMs, endMs: startMs + unit.endMs - unit.startMs, label: unit.label };
      }),
    );
    // Raters without an annotation may make up a whole sample.
    if (turned.every((units) => units.length === 0)) continue;
    const alignment = bestAlignment(turned);
    sum += alignment.disorder;
    exact &&= alignment.exact;
    sample++;
  }
  return { disorder: sum / samples, exact };
}

/** Shifts at least `apart` from each other around the circle, as long as there is room. */
function pivots(count: number, span: number, apart: number, random: () => number): number[] {
  const chosen: number[] = [];
  const tries = 50;
  while (chosen.length < count) {
    let shift = random() * span;
    for (let i = 0; i < tries && chosen.some((other) => Math.abs(other - shift) < apart); i++)
      shift = random() * span;
    chosen.push(shift);
  }
  return chosen;
}
