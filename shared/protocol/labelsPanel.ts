import * as z from "zod";
import { clipFactsSchema, labelsAroundSchema } from "./labelRoutes.ts";

/**
 * Messages between the label editor in VS Code and the extension host, which owns the text. The panel sends changes of the
 * text that it last had (`serial`); one that is based on an older text is dropped, and made again by the panel on the newer.
 */

const offset = z.int().nonnegative();

/** There and back: what was asked of the host before, such as commands of keys, has come by then. */
const turnSchema = z.object({ kind: z.literal("turn"), number: z.int() });

export const labelsToHostSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("open") }),
  z.object({
    kind: z.literal("edit"),
    number: z.int(),
    serial: z.int(),
    start: offset,
    end: offset,
    text: z.string(),
  }),
  /** What the text would be if what runs ended now: kept against a crash, no change yet. */
  z.object({ kind: z.literal("draft"), text: z.string() }),
  turnSchema,
  z.object({ kind: z.literal("undo") }),
  z.object({ kind: z.literal("redo") }),
  /** Whether a field has the focus: then keys are for it. */
  z.object({ kind: z.literal("typing"), on: z.boolean() }),
  z.object({ kind: z.literal("as-text"), offset: offset.optional() }),
  z.object({ kind: z.literal("prepare-copy") }),
]);

export const labelsToPanelSchema = z.discriminatedUnion("kind", [
  labelsAroundSchema.extend({ kind: z.literal("file"), text: z.string(), serial: z.int() }),
  /** A scheme, a clip or a file beside it came, went or changed. */
  labelsAroundSchema.extend({ kind: z.literal("around") }),
  /** The text was changed elsewhere. */
  z.object({ kind: z.literal("text"), text: z.string(), serial: z.int() }),
  /** The change with this number is in the text. */
  z.object({ kind: z.literal("applied"), number: z.int() }),
  z.object({ kind: z.literal("facts"), facts: clipFactsSchema }),
  /** What others say of the same clip; not sent while the file is labelled blind. */
  z.object({
    kind: z.literal("colleagues"),
    files: z.array(z.object({ annotator: z.string(), text: z.string() })),
  }),
  z.object({
    kind: z.literal("copy"),
    ready: z.boolean(),
    share: z.number(),
    problem: z.string().optional(),
  }),
  turnSchema,
  /** A command of the label editor, by the id of its action. */
  z.object({ kind: z.literal("do"), action: z.string() }),
  /** Goes to a time, and selects the annotation where one is named. */
  z.object({ kind: z.literal("reveal"), timeMs: z.number(), id: z.string().optional() }),
]);

export type LabelsToHost = z.infer<typeof labelsToHostSchema>;
export type LabelsToPanel = z.infer<typeof labelsToPanelSchema>;
