import type { LiveRequest } from "../../shared/protocol/live.ts";

const maxLength = 60;
const sources = { page: "capture", devices: "devices", file: "clip" } as const;

/** What a recording is called, without its ending: when it began, whose it is, and which interview. */
export function recordingStem(
  { source, interview, participant }: Pick<LiveRequest, "source" | "interview" | "participant">,
  startedAt: Date,
): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const date = [startedAt.getFullYear(), two(startedAt.getMonth() + 1), two(startedAt.getDate())].join("-");
  const time = [startedAt.getHours(), startedAt.getMinutes(), startedAt.getSeconds()].map(two).join(".");
  const what = (interview?.title ?? sources[source.kind]).replace(/[^\p{L}\p{N}_-]+/gu, " ").trim();
  return [date, time, participant?.participant, what.slice(0, maxLength).trim()].filter(Boolean).join(" ");
}
