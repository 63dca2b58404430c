import type { Kysely, Migration } from "kysely";

/** How the gaze of a participant is corrected; it goes with them. */
export const gazeCalibrations: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("gaze_calibrations")
      .addColumn("study_id", "text", (c) => c.notNull())
      .addColumn("participant_id", "text", (c) => c.notNull())
      .addColumn("calibration", "jsonb", (c) => c.notNull())
      .addPrimaryKeyConstraint("gaze_calibrations_key", ["study_id", "participant_id"])
      .addForeignKeyConstraint(
        "gaze_calibrations_participant",
        ["study_id", "participant_id"],
        "participants",
        ["study_id", "id"],
        (c) => c.onDelete("cascade"),
      )
      .execute();
  },
};
