import * as z from "zod";
import { labelsToHostSchema, labelsToPanelSchema } from "./labelsPanel.ts";
import { exportNameSchema, savedNameSchema, playedSchema } from "./analyses.ts";
import { resultIdSchema } from "./experimentTable.ts";
import { failureSchema } from "./failure.ts";

/**
 * Messages between a panel in VS Code and the extension host, which holds the token and speaks to the daemon. Every
 * request carries an `id` of the panel's choice; its replies carry the same. Streams are pulled, so that a long file
 * never piles up on the way.
 */

const id = z.int().nonnegative();
const analysisId = z.uuid();

export const toHostSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  /** A route of the daemon, by its method and its path as the route value writes it. */
  z.object({
    type: z.literal("call"),
    id,
    method: z.string(),
    path: z.string(),
    request: z.record(z.string(), z.unknown()),
  }),
  /** Opens a stream of a result file as text, or of the clip as bytes; answered by nothing until it is pulled. */
  z.object({
    type: z.literal("open"),
    id,
    what: z.union([
      z.object({ kind: z.literal("file"), analysisId: resultIdSchema, name: exportNameSchema }),
      z.object({ kind: z.literal("media"), analysisId: resultIdSchema, played: playedSchema }),
      /** The clip of the labels file that the panel edits, or its copy that every player plays. */
      z.object({ kind: z.literal("labelled"), copy: z.boolean() }),
    ]),
  }),
  z.object({ type: z.literal("pull"), id }),
  z.object({ type: z.literal("close"), id }),
  /** Saves an export of a result where the user says; `as` is the name that is proposed. */
  z.object({ type: z.literal("download"), id, analysisId, name: savedNameSchema, as: z.string() }),
  z.object({ type: z.literal("save"), id, name: z.string(), bytes: z.instanceof(Uint8Array) }),
  z.object({ type: z.literal("watch"), analysisId }),
  /** A request of the daemon's socket, by its name. */
  z.object({ type: z.literal("ask"), id, name: z.string(), request: z.record(z.string(), z.unknown()) }),
  /** Lets the user choose a clip; its path, or nothing, is the reply. The folder is granted to the daemon. */
  z.object({ type: z.literal("choose-clip"), id }),
  z.object({ type: z.literal("labels"), message: labelsToHostSchema }),
  /** Opens a labels file at a time. */
  z.object({ type: z.literal("reveal-labels"), path: z.string(), timeMs: z.number() }),
  /** Opens a training file as text. */
  z.object({ type: z.literal("open-training-file"), path: z.string().endsWith(".training.yaml") }),
  /** Writes the files of a notebook into a folder that the user chooses, and opens the notebook among them. */
  z.object({
    type: z.literal("open-notebook"),
    name: z.string(),
    files: z.record(z.string().regex(/^[\w.]+$/), z.string()),
  }),
  /** Opens the capture page in the user's browser. */
  z.object({ type: z.literal("open-capture"), id }),
]);

export const toPanelSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("reply"), id, value: z.unknown() }),
  z.object({ type: z.literal("failed"), id, failure: failureSchema }),
  z.object({
    type: z.literal("piece"),
    id,
    data: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
    /** Nothing follows. */
    done: z.boolean(),
    /** Of media, with the last piece. */
    mediaType: z.string().optional(),
  }),
  /** Whether the daemon can be reached; sent when it changes. */
  z.object({ type: z.literal("connection"), on: z.boolean() }),
  z.object({ type: z.literal("labels"), message: labelsToPanelSchema }),
  z.object({ type: z.literal("event"), name: z.string(), payload: z.unknown() }),
]);

export type ToHost = z.infer<typeof toHostSchema>;
export type ToPanel = z.infer<typeof toPanelSchema>;
