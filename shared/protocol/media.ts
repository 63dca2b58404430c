import * as z from "zod";
import { instantSchema } from "./text.ts";
import { endpoint } from "./endpoint.ts";
import { mediaInfoSchema } from "./results.ts";

/** An absolute path of this machine. Whether it may be read is decided by the daemon, against the granted roots. */
export const pathSchema = z.string().min(1).max(4096);

export const rootSchema = z.object({ id: z.uuid(), path: pathSchema, createdAt: instantSchema });

export const listRoots = endpoint({
  method: "get",
  path: "/api/roots",
  summary: "The folders whose media the daemon may read.",
  request: z.strictObject({}),
  response: z.object({ roots: z.array(rootSchema) }),
});

export const grantRoot = endpoint({
  method: "post",
  path: "/api/roots",
  summary: "Lets the daemon read the media in a folder and below.",
  access: "token",
  request: z.strictObject({ path: pathSchema }),
  response: z.object({ root: rootSchema }),
});

export const revokeRoot = endpoint({
  method: "delete",
  path: "/api/roots/:id",
  summary: "Takes a grant back. Results of earlier analyses stay.",
  access: "token",
  request: z.strictObject({ id: z.uuid() }),
  response: z.object({ ok: z.literal(true) }),
});

/** What of a folder is wanted besides its folders. */
export const listedFilesSchema = z.enum(["media", "training", "table", "avatar", "none"]);
export type ListedFiles = z.infer<typeof listedFilesSchema>;

export const folderEntrySchema = z.object({
  name: z.string(),
  path: pathSchema,
  kind: z.enum(["folder", "media", "file"]),
  /** Of media. */
  sizeBytes: z.int().nonnegative().optional(),
});

export const listFolder = endpoint({
  method: "get",
  path: "/api/media",
  summary:
    "Folders and media (or training files, tables, or what can be an avatar) in a granted folder, by name; hidden ones are left out.",
  request: z.strictObject({ path: pathSchema, files: listedFilesSchema.default("media") }),
  response: z.object({ entries: z.array(folderEntrySchema), truncated: z.boolean() }),
});

export const probeMedia = endpoint({
  method: "post",
  path: "/api/media/probe",
  summary: "What is inside a media file.",
  request: z.strictObject({ path: pathSchema }),
  response: z.object({ media: mediaInfoSchema }),
});

export type Root = z.infer<typeof rootSchema>;
export type FolderEntry = z.infer<typeof folderEntrySchema>;
