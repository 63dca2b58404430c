import * as z from "zod";
import { flag } from "./settingFlags.ts";

/** How a face moves an avatar: `rig` sets blend shapes of a drawn head. */
export const avatarEngineSchema = z.enum(["rig"]);

/** Which avatar a face moves, and how. */
export const avatarSchema = z.strictObject({
  engine: flag(
    "--engine <name>",
    avatarEngineSchema.default("rig").describe("How the face moves the avatar: `rig` by blend shapes."),
  ),
  name: flag(
    "--avatar <name>",
    z
      .string()
      .regex(/^[a-z0-9-]+$/, "Name one of the cast, such as ada.")
      .default("ada")
      .describe("Who of the cast the first face moves; further faces move the next ones."),
  ),
  relative: flag(
    "--relative",
    z
      .boolean()
      .default(false)
      .describe("Take the person's own neutral face off, as far as it has been seen."),
  ),
});

export type AvatarSettings = z.infer<typeof avatarSchema>;
