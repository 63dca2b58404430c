import type * as z from "zod";
import { experimentSchema } from "../../shared/protocol/experiment.ts";
import { interviewSchema } from "../../shared/protocol/interview.ts";
import { schemeSchema } from "../../shared/protocol/scheme.ts";
import { trainingSchema } from "../../shared/protocol/training.ts";
import type { FileKind } from "./kinds.ts";

/** Loaded with the first file of its kind and not with the extension. */
export const fileSchemas: Readonly<Record<FileKind, z.ZodObject>> = {
  experiment: experimentSchema,
  interview: interviewSchema,
  training: trainingSchema,
  scheme: schemeSchema,
};
