import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";

/** The entry's preprocessing by `schema`. @throws AppError `model_refused` for an entry that does not follow it. */
export function readPreprocessing<S extends z.ZodType>(entry: ModelEntry, schema: S): z.output<S> {
  const parsed = schema.safeParse(entry.preprocessing);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AppError(
    "model_refused",
    `The manifest entry ${entry.id} has no usable preprocessing: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}. Restore the manifest from the release.`,
    { cause: parsed.error },
  );
}
