import { readFile } from "node:fs/promises";
import path from "node:path";
import type * as z from "zod";
import {
  newRedactionSchema,
  redactionReportSchema,
  type RedactionSummary,
} from "../../shared/protocol/redaction.ts";
import type { Config } from "../config.ts";
import type { Clips } from "../jobs/clips.ts";
import { workInProcess, type JobWork } from "../jobs/jobProcess.ts";
import { defineKind, type JobKind } from "../jobs/kind.ts";
import { analysisProgress } from "../store/analyses.ts";
import { writeFileAtomic } from "../store/files.ts";

const files = { clip: "copy.mp4", report: "report.json" } as const;

/** The kind of jobs that writes a copy of a clip without its faces, one at a time. */
export function redactionKind(config: Config, clips: Clips): JobKind {
  return defineKind({
    ...{ name: "redaction", folder: "redactions", atOnce: 1, request: newRedactionSchema },
    async run({ mediaPath, ...asked }, context) {
      await using clip = await clips.open(mediaPath, context.id, context.signal);
      const input: RedactionInput = { ...asked, mediaPath: clip.path };
      await workInProcess("redaction", input, config, context);
    },
  });
}

type RedactionInput = z.output<typeof newRedactionSchema>;

/** What the process of the job does. */
export const workOnRedaction: JobWork<RedactionInput> = async (
  input,
  { config, ffmpeg, outDir, signal, onProgress },
) => {
  const [{ redact }, { openModels }] = await Promise.all([
    import("./redact.ts"),
    import("../inference/models.ts"),
  ]);
  await using models = await openModels(config);
  const report = await redact(
    { ...input, out: path.join(outDir, files.clip) },
    {
      ...{ models, ffmpeg, signal },
      onProgress: ({ step, ...progress }) => {
        const { text, ...rest } = analysisProgress(progress);
        onProgress({ ...rest, text: `${step}, ${text}` });
      },
    },
  );
  // Where the copy lies is the job's own affair.
  const told = redactionReportSchema.parse(report);
  await writeFileAtomic(path.join(outDir, files.report), `${JSON.stringify(told, undefined, 2)}\n`);
};

/** The copy in the folder of a finished job. */
export function redactedClip(folder: string): string {
  return path.join(folder, files.clip);
}

/** What was found when a copy without faces was made, as its folder holds it. */
export async function readReport(folder: string): Promise<RedactionSummary> {
  return redactionReportSchema.parse(JSON.parse(await readFile(path.join(folder, files.report), "utf8")));
}
