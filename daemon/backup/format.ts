import * as z from "zod";

/** Stands last in a backup, so that the hashes are known when it is written. */
export const backupListName = "backup.json";

/** Folders of a data folder that a backup holds; the database is in it as rows. */
export const keptFolders = [
  "analyses",
  "recordings",
  "redactions",
  "datasets",
  "trainings",
  "models",
] as const;

/** Names that are read from a backup: nothing in one can lead out of the folder that it is unpacked to. */
export const allowedName = new RegExp(
  String.raw`^(?:config\.json|database/[a-z_]{1,60}\.jsonl|(?:${keptFolders.join("|")})(?:/[^./\\:*?"<>|\p{Cc}][^/\\:*?"<>|\p{Cc}]{0,199}){1,8})$`,
  "u",
);

export const backupListSchema = z.object({
  format: z.literal("edin-backup"),
  version: z.literal(1),
  /** Version of EDIN that wrote it, and the changes that its tables had seen. */
  edin: z.string(),
  migrations: z.array(z.string()),
  /** In the order in which they are filled. */
  tables: z.array(z.string().regex(/^[a-z_]{1,60}$/)),
  files: z.array(
    z.object({ name: z.string(), bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

export type BackupList = z.infer<typeof backupListSchema>;
