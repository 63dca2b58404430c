import type { FollowedJob } from "../data/followedJob.ts";
import { Button } from "./Button.tsx";
import { Failure } from "./Failure.tsx";
import { Notice } from "./Notice.tsx";
import { ProgressBar } from "./Progress.tsx";

interface JobStateProps {
  readonly of: FollowedJob;
  /** What is being done. */
  readonly label: string;
  /** Said where it ended in the middle and nobody knows why. */
  readonly unfinished: string;
}

/** How far a job is, with a way to stop it; or how it ended, unless it is done. */
export function JobState({ of, label, unfinished }: JobStateProps) {
  const job = of.job.value;
  return (
    <>
      {of.running && (
        <div class="row" role="status">
          <ProgressBar label={label} share={job?.progress?.share} />
          <span class="muted">{job?.progress?.text ?? "waiting"}</span>
          <Button secondary onClick={() => of.cancel()}>
            Cancel
          </Button>
        </div>
      )}
      {(job?.state === "failed" || job?.state === "interrupted") && (
        <Notice kind="error">{job.failure?.message ?? unfinished}</Notice>
      )}
      {job?.state === "cancelled" && <Notice kind="info">Cancelled. Nothing was kept.</Notice>}
      <Failure of={of.attempt} />
      <Failure of={of.poll} />
    </>
  );
}
