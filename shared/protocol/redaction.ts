import * as z from "zod";
import { avatarNameSchema } from "./avatarSettings.ts";
import { byId, endpoint, fileEndpoint } from "./endpoint.ts";
import { jobSchema } from "./jobs.ts";
import { pathSchema } from "./media.ts";

/** What becomes of faces in a copy that is to be shared. */
export const faceCoverSchema = z.enum(["blur", "pixelate", "avatar", "remove"]);
/** What becomes of voices. */
export const voiceCoverSchema = z.enum(["keep", "pitch", "remove"]);

export const newRedactionSchema = z.strictObject({
  mediaPath: pathSchema,
  face: faceCoverSchema.default("blur"),
  /** Which head stands for the first face, where faces become avatars. */
  avatar: avatarNameSchema.default("ada"),
  voice: voiceCoverSchema.default("keep"),
  /** Tracks, as an analysis numbers them, that stay as they are. */
  keep: z.array(z.int().positive()).max(100).default([]),
});

/** What was covered in a copy, and what can still be seen in it. */
export const redactionReportSchema = z.object({
  face: faceCoverSchema,
  voice: z.enum([...voiceCoverSchema.options, "none"]),
  frames: z.int().nonnegative(),
  /** Frames with at least one cover. */
  coveredFrames: z.int().nonnegative(),
  /** Frames in which a cover was added that no finding of the frame itself asked for. */
  bridgedFrames: z.int().nonnegative(),
  tracks: z.array(
    z.object({ track: z.int().positive(), firstMs: z.number(), lastMs: z.number(), kept: z.boolean() }),
  ),
  check: z.object({
    frames: z.int().nonnegative(),
    facesFound: z.int().nonnegative(),
    mostLike: z
      .object({
        likeness: z.number(),
        timeMs: z.number(),
        track: z.int(),
        /** What compared them, and from which likeness on it counts; absent in reports of older versions. */
        by: z.enum(["recognition", "appearance"]).optional(),
        from: z.number().optional(),
      })
      .optional(),
    recognisable: z.int().nonnegative(),
  }),
  kept: z.object({ n: z.int().nonnegative(), sameEmotion: z.number().optional() }).optional(),
});

export type NewRedaction = z.output<typeof newRedactionSchema>;
export type RedactionSummary = z.infer<typeof redactionReportSchema>;

export const listAvatars = endpoint({
  method: "get",
  path: "/api/avatars",
  summary: "Avatars by name: EDIN's cast and the user's own.",
  request: z.strictObject({}),
  response: z.object({
    avatars: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(["head", "picture"]),
        origin: z.enum(["product", "user"]),
      }),
    ),
  }),
});

export const importAvatar = endpoint({
  method: "post",
  path: "/api/avatars",
  summary:
    "Takes a head (.glb, .vrm) or a picture of one face in a granted folder among the user's avatars; once, however often it is asked for.",
  request: z.strictObject({ path: pathSchema }),
  response: z.object({
    avatar: z.object({
      name: z.string(),
      kind: z.enum(["head", "picture"]),
      /** Of a head: how many of ARKit's shapes move it, and how many of these other movements of the file stand in for. */
      moves: z.object({ shapes: z.int().nonnegative(), standIns: z.int().nonnegative() }).optional(),
    }),
  }),
});

export const startRedaction = endpoint({
  method: "post",
  path: "/api/redactions",
  summary:
    "Queues a copy of a clip in a granted folder in which faces cannot be recognised; a job of the kind redaction.",
  request: newRedactionSchema,
  response: z.object({ job: jobSchema }),
});

export const getRedaction = endpoint({
  method: "get",
  path: "/api/redactions/:id",
  summary: "What was covered in a finished copy, and what can still be seen in it.",
  request: byId,
  response: z.object({ report: redactionReportSchema }),
});

export const getRedactedClip = fileEndpoint({
  method: "get",
  path: "/api/redactions/:id/clip",
  summary: "The copy itself.",
  request: byId,
  produces: ["video/mp4"],
});
