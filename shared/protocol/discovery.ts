import * as z from "zod";

/** Name of the file in the data folder, mode 0600, by which clients find the daemon that runs for that folder. */
export const discoveryFileName = "daemon.json";

/** What the file holds. It is written when the daemon listens and removed when it ends in an orderly way. */
export const discoverySchema = z.object({
  pid: z.int().positive(),
  /** `http://127.0.0.1:PORT` */
  url: z.url({ protocol: /^http$/, hostname: /^127\.0\.0\.1$/ }),
  token: z.string().min(20),
  version: z.string(),
  startedAt: z.iso.datetime(),
});

export type Discovery = z.infer<typeof discoverySchema>;
