import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { startTraining, trainingTitle } from "../../../shared/protocol/trainingRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { ProgressBar, Waiting } from "../../components/Progress.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { TrainingList } from "../../data/trainings.ts";
import type { Host } from "../../host.ts";
import { PanelHost } from "../../host/panelHost.ts";
import { show } from "../../host/route.ts";
import { PathField } from "../analyses/PathField.tsx";
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
      {!(host instanceof PanelHost) && <StartTraining host={host} />}
      <Failure of={attempt} />
      {jobs === undefined && attempt.failure.value === undefined && <Waiting label="Loading the trainings" />}
      {jobs?.length === 0 && (
        <p class="empty">
          Nothing has been trained yet. Write a file such as <code>faces.training.yaml</code>, and choose{" "}
          <em>Train</em> above its first line in VS Code, or name it here.
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

/** Kept while other views are looked at. */
const file = signal("");

/** Starts what a training file of a granted folder says. */
function StartTraining({ host }: { readonly host: Host }) {
  const attempt = useAttempt();
  const start = (): void =>
    attempt.run(
      host
        .call(startTraining, { file: file.value.trim() })
        .then(({ job }) => show({ view: "training", id: job.id })),
    );
  return (
    <section class="start" aria-label="Train a network">
      <PathField
        host={host}
        label="Training file"
        path={file}
        files="training"
        placeholder="Path of a *.training.yaml file in a granted folder"
      />
      <div class="row">
        <Button icon="mortar-board" disabled={file.value.trim() === "" || attempt.busy} onClick={start}>
          Train
        </Button>
      </div>
      <Failure of={attempt} />
    </section>
  );
}
