import type { AnalysisEvent } from "../../shared/protocol/results.ts";

/** What an event says: its label, and what a micro-expression would show with the confidence of that. */
export function eventText({ label, emotion }: AnalysisEvent): string {
  const named = emotion && `${emotion.label} ${Math.round(100 * emotion.confidence)} %`;
  return [label, named].filter((part) => part !== undefined).join(", ");
}
