import { sql, type Kysely, type Migration } from "kysely";

/**
 * Faces of the clips of a study, and how alike they are. No embedding is kept, and what is kept goes with the clip: when it is taken
 * out of the study, with its participant, with its study.
 */
export const studyFaces: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("face_searches")
      .addColumn("study_id", "text", (c) => c.primaryKey().references("studies.id").onDelete("cascade"))
      .addColumn("at", "timestamptz", (c) => c.notNull())
      .addColumn("model", "text", (c) => c.notNull())
      .addColumn("sha256", "text", (c) => c.notNull())
      .addColumn("likeness_from", "double precision", (c) => c.notNull())
      .addColumn("notes", "jsonb", (c) => c.notNull())
      .execute();
    await db.schema
      .createTable("study_faces")
      .addColumn("analysis_id", "uuid", (c) =>
        c.notNull().references("session_analyses.analysis_id").onDelete("cascade"),
      )
      .addColumn("track", "integer", (c) => c.notNull())
      .addColumn("time_ms", "double precision", (c) => c.notNull())
      .addColumn("square", "jsonb", (c) => c.notNull())
      .addPrimaryKeyConstraint("study_faces_key", ["analysis_id", "track"])
      .execute();
    const pairs = db.schema
      .createTable("face_pairs")
      .addColumn("a_analysis", "uuid", (c) => c.notNull())
      .addColumn("a_track", "integer", (c) => c.notNull())
      .addColumn("b_analysis", "uuid", (c) => c.notNull())
      .addColumn("b_track", "integer", (c) => c.notNull())
      .addColumn("likeness", "double precision", (c) => c.notNull())
      .addColumn("verdict", "text", (c) => c.check(sql`verdict in ('same', 'different')`))
      .addColumn("decided_by", "text")
      .addColumn("decided_at", "timestamptz")
      .addPrimaryKeyConstraint("face_pairs_key", ["a_analysis", "a_track", "b_analysis", "b_track"]);
    await (["a", "b"] as const)
      .reduce(
        (table, side) =>
          table.addForeignKeyConstraint(
            `face_pairs_${side}`,
            [`${side}_analysis`, `${side}_track`],
            "study_faces",
            ["analysis_id", "track"],
            (c) => c.onDelete("cascade"),
          ),
        pairs,
      )
      .execute();
    await db.schema
      .createIndex("face_pairs_of_b")
      .on("face_pairs")
      .columns(["b_analysis", "b_track"])
      .execute();
  },
};
