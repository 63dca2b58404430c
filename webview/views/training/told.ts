import type { TrainingEvent } from "../../../shared/protocol/training.ts";

type Event<Type extends TrainingEvent["type"]> = Extract<TrainingEvent, { type: Type }>;

/** What a training has told, by what it is. */
export function told(events: readonly TrainingEvent[]) {
  const of = <Type extends TrainingEvent["type"]>(type: Type) =>
    events.filter((event): event is Event<Type> => event.type === type);
  const planned = of("planned")[0];
  const notes = [...(planned?.notes ?? []), ...of("note").map(({ note }) => note)];
  const done = of("done")[0];
  return {
    planned,
    done,
    backend: of("backend").at(-1),
    epochs: of("epoch"),
    runs: of("run"),
    notes: [...new Set([...notes, ...(done?.notes ?? [])])],
  };
}
