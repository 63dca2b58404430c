import * as z from "zod";

/** Name of the file in the data folder, mode 0600, by which clients find the daemon that runs for that folder. */
export const discoveryFileName = "daemon.json";

/** What the file holds. It is written when the daemon listens and removed when it ends in an orderly way. */
export const discoverySchema = z.object({
  version: z.literal(1),
  pid: z.int().positive(),
  /** `http://127.0.0.1:PORT` */
  url: z.url(),
  token: z.string().min(20),
});

export type Discovery = z.infer<typeof discoverySchema>;
