import type { Job } from "./protocol/jobs.ts";

/** What a job is about, as people call it: its clip. */
export function jobName({ kind, id, request }: Job): string {
  const { mediaPath } = request;
  const name = typeof mediaPath === "string" ? mediaPath.split(/[\\/]/).at(-1) : undefined;
  return name === undefined || name === "" ? `${kind} ${id.slice(0, 8)}` : name;
}
