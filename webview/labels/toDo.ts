import { isExclusive } from "../../shared/labels/scheme.ts";
import { holds } from "../../shared/protocol/scheme.ts";
import type { Lane } from "./lanes.ts";

/** What is still to do on a tier, where the scheme requires something. */
export function toDo({ tier, title, annotations, trace }: Lane, durationMs: number): string | undefined {
  if (tier.required === undefined) return undefined;
  if (holds(tier) === "values") {
    const rated = trace?.values.filter((value) => value !== null).length ?? 0;
    const share = (1000 * rated) / (trace?.rateHz ?? 25) / Math.max(durationMs, 1);
    return tier.required === "some"
      ? rated > 0
        ? undefined
        : `${title}: not rated`
      : share > 0.98
        ? undefined
        : `${title}: ${Math.floor(100 * share)} % rated`;
  }
  if (tier.required === "some" || holds(tier) === "moments")
    return annotations.all.length > 0 ? undefined : `${title}: nothing yet`;
  let covered = 0;
  let untilMs = 0;
  for (const { startMs, endMs = startMs } of annotations.all) {
    covered += Math.max(0, endMs - Math.max(startMs, untilMs));
    untilMs = Math.max(untilMs, endMs);
  }
  const share = covered / Math.max(durationMs, 1);
  return share > 0.995 || !isExclusive(tier) ? undefined : `${title}: ${Math.floor(100 * share)} % labelled`;
}
