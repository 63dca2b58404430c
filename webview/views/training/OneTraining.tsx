import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { cancelJob, deleteJob, retryJob, type Job } from "../../../shared/protocol/jobs.ts";
import { useModel } from "../../../shared/protocol/modelLibrary.ts";
import { importableTask, trainingTaskSchema } from "../../../shared/protocol/training.ts";
import {
  stopTraining,
  trainingDetailSchema,
  trainingTitle,
} from "../../../shared/protocol/trainingRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Notice } from "../../components/Notice.tsx";
import { ProgressBar, Waiting } from "../../components/Progress.tsx";
import { Select } from "../../components/Select.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { curveKinds, curvesOf } from "../../data/curves.ts";
import { TrainingStore } from "../../data/trainings.ts";
import { show } from "../../host/route.ts";
import type { Host } from "../../host.ts";
import { CurvePlot } from "./CurvePlot.tsx";
import { DenoisePreview } from "./DenoisePreview.tsx";
import { TrainedFigures } from "./TrainedFigures.tsx";
import { told } from "./told.ts";
import { counted } from "../../../shared/text/counted.ts";

const curveTitles = { loss: "Loss", accuracy: "Accuracy", macroF1: "Macro-F1" } as const;

/** One training as it learns, and what came out. */
export function OneTraining({ host, id }: { readonly host: Host; readonly id: string }) {
  const store = useMemo(() => new TrainingStore(host, id), [host, id]);
  const loading = useAttempt();
  const chosen = useSignal<number | undefined>(undefined);
  useEffect(() => {
    loading.run(store.load());
    return store.follow();
  }, [store, host.connected.value]);
  const job = store.job.value;
  const { planned, backend, epochs, runs, notes, done } = told(store.events.value);
  if (job === undefined)
    return (
      <div class="page">
        <Failure of={loading} />
        {loading.busy && <Waiting label="Loading the training" />}
      </div>
    );
  const newest = epochs.at(-1);
  const named = runs.find(({ network }) => network === done?.network)?.run;
  const run = chosen.value ?? named ?? newest?.run ?? 0;
  const trained = runs.find((one) => one.run === run);
  const ways = [...new Set([...epochs.map((epoch) => epoch.run), ...runs.map((one) => one.run)])];
  const kept = trained?.seeds.reduce((a, b) => (b.loss < a.loss ? b : a));
  const nameOfWay = (way: number) => runs.find((one) => one.run === way)?.network ?? `way ${way + 1}`;
  return (
    <div class="page training">
      <p>
        <ViewLink view={{ view: "training" }}>All trainings</ViewLink>
      </p>
      <h1>{planned?.title ?? trainingTitle(job)}</h1>
      <State job={job} host={host} rate={newest?.rate} />
      <Failure of={loading} />
      {done?.imported === true && <Use host={host} job={job} network={done.network} />}
      {planned !== undefined && (
        <p>
          {counted(planned.samples.train, "sample")} to learn from, {planned.samples.validation} to validate,{" "}
          {planned.samples.test} to test
          {planned.subjects !== undefined &&
            ` (${planned.subjects.train}, ${planned.subjects.validation} and ${planned.subjects.test} of the persons)`}
          : {planned.labels.join(", ")}.
        </p>
      )}
      {backend !== undefined && <p class="muted">{backend.reason}</p>}
      {ways.length > 1 && (
        <Select
          label="Way of the grid"
          value={String(run)}
          options={ways.map((way) => ({ value: String(way), text: nameOfWay(way) }))}
          onChange={(value) => (chosen.value = Number(value))}
        />
      )}
      {newest !== undefined && (
        <>
          <p class="legend">
            <span class="key" /> validation <span class="key train" /> what is learned from
            {planned !== undefined && planned.seeds.length > 1 && "; the band is from seed to seed"}
          </p>
          <div class="curves">
            {curveKinds.map((kind) => (
              <CurvePlot
                host={host}
                key={kind}
                title={curveTitles[kind]}
                curves={curvesOf(epochs, run, kind)}
                epochs={newest.epochs}
                share={kind !== "loss"}
                best={kept?.epoch}
              />
            ))}
          </div>
        </>
      )}
      {runs.length > 1 && (
        <DataTable
          caption="Ways of the grid"
          rows={runs}
          columns={[
            { title: "Network", cell: ({ network }) => network },
            { title: "Settings", cell: ({ settings }) => JSON.stringify(settings).slice(1, -1) },
            { title: "Accuracy", number: true, cell: ({ figures }) => figures.accuracy.value.toFixed(3) },
            { title: "Macro-F1", number: true, cell: ({ figures }) => figures.macroF1.value.toFixed(3) },
          ]}
        />
      )}
      {trained !== undefined && (
        <>
          <h2>{trained.network}</h2>
          <TrainedFigures host={host} run={trained} />
        </>
      )}
      {isOfPictures(job) && <DenoisePreview host={host} id={id} />}
      {notes.length > 0 && (
        <section aria-label="Notes">
          <h2>Notes</h2>
          <ul>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

interface StateProps {
  readonly job: Job;
  readonly host: Host;
  readonly rate: number | undefined;
}

/** How far it is, and what can be done about it. */
function State({ job, host, rate }: StateProps) {
  const { id, state, progress } = job;
  const attempt = useAttempt();
  const stopping = useSignal(false);
  const detail = trainingDetailSchema.safeParse(progress?.detail).data;
  const active = state === "queued" || state === "running";
  const stop = () => {
    stopping.value = true;
    attempt.run(
      host.call(stopTraining, { id }).catch((error: unknown) => {
        stopping.value = false;
        throw error;
      }),
    );
  };
  const remove = () => attempt.run(host.call(deleteJob, { id }).then(() => show({ view: "training" })));
  return (
    <>
      <div class="row" role="status">
        <span class="tag">{state}</span>
        {state === "running" && progress?.share !== undefined && (
          <ProgressBar label="Training" share={progress.share} />
        )}
        {state === "running" && <span>{progress?.text}</span>}
        {state === "running" && detail?.secondsLeft !== undefined && (
          <span class="muted">at most {durationText(detail.secondsLeft)} left</span>
        )}
        {state === "running" && rate !== undefined && (
          <span class="muted">learning rate {rate.toPrecision(2)}</span>
        )}
      </div>
      {job.failure !== undefined && <Notice kind="error">{job.failure.message}</Notice>}
      <div class="row">
        {state === "running" && (
          <Button icon="debug-stop" disabled={stopping.value} onClick={stop}>
            {stopping.value ? "Ends with this epoch" : "Stop early, keep the best"}
          </Button>
        )}
        {active && (
          <Button
            secondary
            icon="circle-slash"
            disabled={attempt.busy}
            onClick={() => attempt.run(host.call(cancelJob, { id }))}
          >
            Cancel
          </Button>
        )}
        {!active && state !== "done" && (
          <Button
            icon="debug-continue"
            disabled={attempt.busy}
            onClick={() => attempt.run(host.call(retryJob, { id }))}
          >
            Go on
          </Button>
        )}
        {!active && (
          <Button secondary icon="trash" disabled={attempt.busy} onClick={remove}>
            Remove from the list
          </Button>
        )}
      </div>
      <Failure of={attempt} />
    </>
  );
}

interface UseProps {
  readonly host: Host;
  readonly job: Job;
  readonly network: string;
}

/** The network is among the user's already; here it becomes the one that analyses use. */
function Use({ host, job, network }: UseProps) {
  const attempt = useAttempt();
  const used = useSignal(false);
  const written = job.request["written"] as Readonly<Record<string, unknown>>;
  const task = importableTask(trainingTaskSchema.catch("expression").parse(written["task"]));
  if (task === undefined) return null;
  const use = () => attempt.run(host.call(useModel, { id: network, task }).then(() => (used.value = true)));
  return (
    <>
      <div class="row">
        <Button icon="check" disabled={attempt.busy || used.value} onClick={use}>
          Use for analyses
        </Button>
        <ViewLink view={{ view: "models", id: network }}>Card of {network}</ViewLink>
        <span role="status">{used.value && `Analyses use ${network} for ${task} from now on.`}</span>
      </div>
      <Failure of={attempt} />
    </>
  );
}

function isOfPictures({ request }: Job): boolean {
  const task = (request["written"] as Readonly<Record<string, unknown>>)["task"];
  return task !== "speech" && task !== "sounds";
}

function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
