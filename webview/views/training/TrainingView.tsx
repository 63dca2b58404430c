import { useEffect, useMemo } from "preact/hooks";
import { trainingTitle } from "../../../shared/protocol/trainingRoutes.ts";
import { Failure } from "../../components/Failure.tsx";
import { ProgressBar, Waiting } from "../../components/Progress.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { TrainingList } from "../../data/trainings.ts";
import type { Host } from "../../host.ts";
import { OneTraining } from "./OneTraining.tsx";

/** Trainings: all of them, or one as it learns. */
export function TrainingView({ host, id }: { readonly host: Host; readonly id: string | undefined }) {
  return id === undefined ? <Trainings host={host} /> : <OneTraining key={id} host={host} id={id} />;
}

function Trainings({ host }: { readonly host: Host }) {
  const list = useMemo(() => new TrainingList(host), [host]);
  const attempt = useAttempt();
  useEffect(() => {
    const load = () => attempt.run(list.load());
    load();
    return list.follow();
  }, [list, host.connected.value]);
  const jobs = list.jobs.value;
  return (
    <div class="page">
      <h1>Training</h1>
      <Failure of={attempt} />
      {jobs === undefined && attempt.failure.value === undefined && <Waiting label="Loading the trainings" />}
      {jobs?.length === 0 && (
        <p class="empty">
          Nothing has been trained yet. Write a file such as <code>faces.training.yaml</code>, and choose{" "}
          <em>Train</em> above its first line in VS Code.
        </p>
      )}
      <ul class="trainings">
        {jobs?.map((job) => (
          <li key={job.id}>
            <ViewLink view={{ view: "training", id: job.id }}>{trainingTitle(job)}</ViewLink>{" "}
            <span class="tag">{job.state}</span>{" "}
            {job.state === "running" && job.progress?.share !== undefined ? (
              <ProgressBar label={trainingTitle(job)} share={job.progress.share} />
            ) : (
              <span class="muted">{job.failure?.message ?? job.progress?.text}</span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
