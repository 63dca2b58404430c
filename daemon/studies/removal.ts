import path from "node:path";
import { sql, type Kysely, type RawBuilder } from "kysely";
import { isAppError } from "../../shared/errors.ts";
import type { AnalysisRecord } from "../../shared/protocol/analyses.ts";
import { recordingFolder, recordingOf, removeFolder } from "../store/files.ts";
import type { Tables } from "../store/schema.ts";
import { existing, existingParticipant, existingSession, type ParticipantKey } from "../store/studyRows.ts";

/** What a removal needs of the analyses. */
export interface RemovedAnalyses {
  get(id: string): Promise<AnalysisRecord>;
  /** Stops an analysis, then removes it and its files. */
  delete(id: string): Promise<void>;
  /** The analyses of a recording. */
  readersOf(recording: string): Promise<AnalysisRecord[]>;
}

/**
 * Takes people out wholly. A removal is marked first: from then on nobody sees the participant, no form opens, and a start
 * after a crash ends what was begun. Files go before the rows that name them, so that no file is ever left without a row
 * that leads to it.
 *
 * Each method answers with the paths of clips that EDIN did not record: those are the user's own files, and stay.
 */
export class Removal {
  readonly #db: Kysely<Tables>;
  readonly #dataDir: string;
  readonly #analyses: RemovedAnalyses;

  constructor(db: Kysely<Tables>, dataDir: string, analyses: RemovedAnalyses) {
    this.#db = db;
    this.#dataDir = dataDir;
    this.#analyses = analyses;
  }

  async study(study: string): Promise<string[]> {
    await existing(this.#db, study);
    await this.#db.updateTable("studies").set({ deleting: true }).where("id", "=", study).execute();
    return this.#endStudy(study);
  }

  async participant(key: ParticipantKey): Promise<string[]> {
    await existingParticipant(this.#db, key);
    await this.#db
      .updateTable("participants")
      .set({ deleting: true })
      .where("study_id", "=", key.study)
      .where("id", "=", key.participant)
      .execute();
    return this.#endParticipant(key);
  }

  async session(session: string): Promise<string[]> {
    await existingSession(this.#db, session);
    const left = await this.#files(sql`id = ${session}`);
    await this.#db.deleteFrom("study_sessions").where("id", "=", session).execute();
    return left;
  }

  /** Ends the removals that a crash interrupted. */
  async finish(): Promise<void> {
    for (const { id } of await this.#db
      .selectFrom("studies")
      .select("id")
      .where("deleting", "=", true)
      .execute())
      await this.#endStudy(id);
    const people = await this.#db
      .selectFrom("participants")
      .select(["study_id as study", "id as participant"])
      .where("deleting", "=", true)
      .execute();
    for (const key of people) await this.#endParticipant(key);
  }

  async #endStudy(study: string): Promise<string[]> {
    const left = await this.#files(sql`study_id = ${study}`);
    await this.#db.deleteFrom("studies").where("id", "=", study).execute();
    return left;
  }

  async #endParticipant({ study, participant }: ParticipantKey): Promise<string[]> {
    const left = await this.#files(sql`study_id = ${study} and participant_id = ${participant}`);
    await this.#db
      .deleteFrom("participants")
      .where("study_id", "=", study)
      .where("id", "=", participant)
      .execute();
    return left;
  }

  /** Removes the files of all sessions of which `these` is true. */
  async #files(these: RawBuilder<unknown>): Promise<string[]> {
    const ofThese = sql<boolean>`session_id in (select id from study_sessions where ${these})`;
    const analyses = await this.#db
      .selectFrom("session_analyses")
      .select("analysis_id")
      .where(ofThese)
      .execute();
    const left: string[] = [];
    for (const { analysis_id: id } of analyses) {
      const clip = await this.#deleteAnalysis(id);
      if (clip === undefined || !path.isAbsolute(clip)) continue;
      if ((await recordingOf(this.#dataDir, clip)) === undefined) left.push(clip);
    }
    const recordings = await this.#db
      .selectFrom("session_recordings")
      .select("recording_id")
      .where(ofThese)
      .execute();
    for (const { recording_id } of recordings) {
      await this.#unlinkedReaders(recording_id);
      await removeFolder(recordingFolder(this.#dataDir, recording_id));
    }
    return left;
  }

  /** A recording that was analysed again shows the same person, also where that analysis was linked to no session. */
  async #unlinkedReaders(recording: string): Promise<void> {
    for (const { id } of await this.#analyses.readersOf(recording)) {
      const linked = await this.#db
        .selectFrom("session_analyses")
        .select("session_id")
        .where("analysis_id", "=", id)
        .executeTakeFirst();
      if (linked === undefined) await this.#deleteAnalysis(id);
    }
  }

  /** The clip of an analysis that is gone now; undefined when somebody else removed it meanwhile. */
  async #deleteAnalysis(id: string): Promise<string | undefined> {
    try {
      const { mediaPath } = await this.#analyses.get(id);
      await this.#analyses.delete(id);
      return mediaPath;
    } catch (error) {
      if (!isAppError(error, "not_found")) throw error;
      return undefined;
    }
  }
}
