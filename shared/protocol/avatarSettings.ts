import * as z from "zod";
import { flag } from "./settingFlags.ts";

/** How a face moves an avatar. */
export const avatarEngineSchema = z.enum(["auto", "rig", "fomm"]);

/** What the clip of an avatar shows, and what it sounds like. */
export const avatarViewSchema = z.enum(["beside", "alone"]);
export const avatarSoundSchema = z.enum(["clip", "none"]);

/** The name of an avatar: of the cast, or of one that the user imported. */
export const avatarNameSchema = z
  .string()
  .max(60)
  .regex(
    /^[a-z0-9-]+$/,
    "Name an avatar by small letters, digits and hyphens, such as ada. `edin avatars list` shows them.",
  );

/** Which avatar a face moves, and how. */
export const avatarSchema = z.strictObject({
  engine: flag(
    "--engine <name>",
    avatarEngineSchema
      .default("auto")
      .describe(
        "How the face moves the avatar: `rig` draws a head by its blend shapes, `fomm` moves a picture by first-order motion; `auto` draws heads and moves pictures.",
      ),
  ),
  name: flag(
    "--avatar <name>",
    avatarNameSchema
      .default("ada")
      .describe(
        "Which avatar the first face moves: one of the cast or of your own; further faces move the next ones of the cast.",
      ),
  ),
  relative: flag(
    "--relative",
    z
      .boolean()
      .default(true)
      .describe(
        "Take the person's own neutral face off, as far as it has been seen: what lies at rest is no expression.",
      ),
  ),
  exaggerate: flag(
    "--exaggerate <factor>",
    z
      .number()
      .min(0.5)
      .max(3)
      .default(2)
      .describe(
        "How many times as strong as the face's own the avatar's expressions are; 1 shows them as they are, which reads as neutral more often.",
      ),
  ),
  view: flag(
    "--view <what>",
    avatarViewSchema
      .default("beside")
      .describe("What `avatar-<track>.mp4` shows: the avatar `beside` the face, or `alone`."),
  ),
  sound: flag(
    "--sound <which>",
    avatarSoundSchema
      .default("clip")
      .describe("What `avatar-<track>.mp4` sounds like: the clip's own sound, or none."),
  ),
});

export type AvatarSettings = z.infer<typeof avatarSchema>;
