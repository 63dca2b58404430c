import * as z from "zod";
import { endpoint } from "./endpoint.ts";
import { pathSchema } from "./media.ts";
import { modelEntrySchema, modelIdSchema, taskSchema } from "./models.ts";

export const importModels = endpoint({
  method: "post",
  path: "/api/models",
  summary:
    "Takes the networks of a folder (manifest.json, models/README.md) into the user's own, after every check; all or none.",
  access: "token",
  request: z.strictObject({
    folder: pathSchema,
    /** Networks of the user with the same id go. */
    replace: z.boolean().default(false),
  }),
  response: z.object({ models: z.array(modelEntrySchema) }),
});

export const removeModel = endpoint({
  method: "delete",
  path: "/api/models/:id",
  summary: "Removes a network that the user imported; a task that it served goes back to EDIN's own.",
  access: "token",
  request: z.strictObject({ id: modelIdSchema }),
  response: z.object({ model: modelEntrySchema }),
});

export const useModel = endpoint({
  method: "post",
  path: "/api/models/:id/use",
  summary: "Makes a network the default of its task.",
  request: z.strictObject({ id: modelIdSchema, task: taskSchema }),
  response: z.object({ model: modelEntrySchema }),
});
