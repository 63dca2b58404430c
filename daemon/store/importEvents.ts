import type { Kysely } from "kysely";
import type { EventRow } from "../../shared/protocol/studyClips.ts";
import type { ClipSpan } from "../../shared/protocol/studyFile.ts";
import type { FileEvent } from "../../shared/study/eventFiles.ts";
import { setClipFactsIn } from "./clipFacts.ts";
import type { Tables } from "./schema.ts";
import { existing } from "./studyRows.ts";
import { readSessions } from "./studySessions.ts";

/**
 * Adds events to the clips of a study by the names of their files, or says what that would do; all or nothing.
 * @param clip the file of events that do not name one
 * @throws AppError `not_found`
 */
export async function importEvents(
  db: Kysely<Tables>,
  study: string,
  events: readonly FileEvent[],
  { clip, apply }: { clip: string | undefined; apply: boolean },
): Promise<{ rows: EventRow[]; written: number }> {
  return db.transaction().execute(async (t) => {
    await existing(t, study);
    const clips = (await readSessions(t, study)).flatMap(({ participant, view }) =>
      view.analyses.map((analysis) => ({ participant, session: view.id, ...analysis })),
    );
    const added = new Map<(typeof clips)[number], ClipSpan[]>();
    const rows = events.map(({ file = clip ?? "", name, startMs, endMs }): EventRow => {
      const found = clips.filter(({ mediaName }) => fits(mediaName, file));
      const row = { file, name, startMs, endMs };
      const [one] = found;
      if (one === undefined) return { ...row, state: "no_clip" };
      if (found.length > 1) return { ...row, state: "several_clips" };
      const span = { startMs, endMs, name };
      const there = [...(one.spans ?? []), ...(added.get(one) ?? [])];
      if (there.some((other) => isSame(other, span)))
        return { ...row, participant: one.participant, state: "same" };
      added.set(one, [...(added.get(one) ?? []), span]);
      return { ...row, participant: one.participant, state: "new" };
    });
    if (!apply) return { rows, written: 0 };
    for (const [{ session, id, spans = [] }, more] of added)
      await setClipFactsIn(t, { session, analysis: id, spans: [...spans, ...more] });
    return { rows, written: rows.filter(({ state }) => state === "new").length };
  });
}

/** The same file, with or without its ending. */
function fits(mediaName: string, file: string): boolean {
  const [name, asked] = [mediaName.toLowerCase(), file.toLowerCase()];
  return name === asked || name.replace(/\.\w+$/, "") === asked;
}

const isSame = (a: ClipSpan, b: ClipSpan): boolean =>
  a.startMs === b.startMs && a.endMs === b.endMs && a.name === b.name;
