import type { Job } from "../../../shared/protocol/jobs.ts";

/** What is trained, as the file says it. */
export function titleOf({ request }: Job): string {
  const written = request["written"] as Readonly<Record<string, unknown>> | undefined;
  return typeof written?.["title"] === "string" ? written["title"] : "Training";
}
