import { sql, type Kysely } from "kysely";
import { AppError } from "../../shared/errors.ts";
import type { GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";
import type { Tables } from "./schema.ts";
import { existingParticipant, linkedClips, type Db, type ParticipantKey } from "./studyRows.ts";

/** The rows of gaze calibrations: at most one of each participant. */
export class GazeCalibrations {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** @throws AppError `not_found` for the participant */
  async get(key: ParticipantKey): Promise<GazeCalibration | undefined> {
    await existingParticipant(this.#db, key);
    return (await ofParticipants(this.#db, key.study, [key.participant])).get(key.participant);
  }

  /** Takes the place of an earlier one. @throws AppError `not_found`, `conflict` before the participant's consent */
  async set(key: ParticipantKey, calibration: GazeCalibration): Promise<void> {
    await this.#db.transaction().execute(async (t) => {
      const { consent } = await existingParticipant(t, key);
      if (consent === null)
        throw new AppError(
          "conflict",
          `${key.participant} has given no consent as yet. Record it first: edin study participant set`,
        );
      const row = {
        study_id: key.study,
        participant_id: key.participant,
        calibration: JSON.stringify(calibration),
      };
      await t
        .insertInto("gaze_calibrations")
        .values(row)
        .onConflict((c) =>
          c.columns(["study_id", "participant_id"]).doUpdateSet({ calibration: row.calibration }),
        )
        .execute();
    });
  }

  /** @throws AppError `not_found` */
  async remove(key: ParticipantKey): Promise<void> {
    await existingParticipant(this.#db, key);
    const { numDeletedRows } = await this.#db
      .deleteFrom("gaze_calibrations")
      .where("study_id", "=", key.study)
      .where("participant_id", "=", key.participant)
      .executeTakeFirst();
    if (numDeletedRows === 0n)
      throw new AppError("not_found", `${key.participant} has no gaze calibration. Reload the study.`);
  }
}

/** The calibrations of these participants of a study, by participant. */
export async function ofParticipants(
  db: Db,
  study: string,
  participants: readonly string[],
): Promise<ReadonlyMap<string, GazeCalibration>> {
  const rows = await db
    .selectFrom("gaze_calibrations")
    .select(["participant_id", "calibration"])
    .where("study_id", "=", study)
    .where(sql<boolean>`participant_id = any(${participants}::text[])`)
    .execute();
  return new Map(rows.map(({ participant_id, calibration }) => [participant_id, calibration]));
}

/** The calibration of the participant whom a clip is linked to; undefined where there is none, or several people are. */
export async function calibrationOfClip(db: Db, mediaPath: string): Promise<GazeCalibration | undefined> {
  const rows = await linkedClips(db)
    .select(["participants.study_id", "participants.id"])
    .distinct()
    .where("analyses.media_path", "=", mediaPath)
    .execute();
  const [only, ...others] = rows;
  if (only === undefined || others.length > 0) return undefined;
  return (await ofParticipants(db, only.study_id, [only.id])).get(only.id);
}
