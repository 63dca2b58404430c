import { getExperiment, listExperiments } from "../../../shared/protocol/experimentTable.ts";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { SortedTable } from "../../components/SortedTable.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useLoaded } from "../../data/loaded.ts";
import { dateTime } from "../../data/text.ts";
import type { Host } from "../../host.ts";
import { OneExperiment } from "./OneExperiment.tsx";

/** A running experiment writes its table so often. */
const lookEveryMs = 1500;
const listEveryMs = 10_000;

/** Experiments whose results lie in granted folders, or one of them. */
export function ExperimentsView({ host, path }: { readonly host: Host; readonly path: string | undefined }) {
  return path === undefined ? (
    <ExperimentList host={host} />
  ) : (
    <LoadedExperiment key={path} host={host} path={path} />
  );
}

function ExperimentList({ host }: { readonly host: Host }) {
  const found = useLoaded(() => host.call(listExperiments, {}), host, listEveryMs);
  const experiments = found.value.value?.experiments;
  return (
    <div class="page">
      <h1>Experiments</h1>
      <p class="muted">
        An experiment analyses the same clips in several ways: write a file such as{" "}
        <code>detectors.experiment.yaml</code>, then run it in VS Code or with{" "}
        <code>edin experiment FILE</code>. Those in granted folders are listed here while they run and after.
      </p>
      {found.failure.value !== undefined && <Notice kind="error">{found.failure.value}</Notice>}
      {experiments === undefined && found.failure.value === undefined && (
        <Waiting label="Looking for experiments" />
      )}
      {experiments !== undefined && (
        <SortedTable
          caption="Experiments"
          empty="None in the granted folders yet."
          rows={experiments}
          columns={[
            {
              title: "Title",
              value: ({ title }) => title,
              cell: ({ title, path }) => (
                <>
                  <ViewLink view={{ view: "experiments", id: path }}>{title}</ViewLink>
                  <div class="muted path">{path}</div>
                </>
              ),
            },
            { title: "State", value: ({ state }) => state },
            { title: "Analyses", number: true, value: ({ analyses }) => analyses },
            { title: "Done", number: true, value: ({ done }) => done },
            { title: "Failed", number: true, value: ({ failed }) => failed },
            {
              title: "Started",
              value: ({ startedAt }) => startedAt,
              cell: ({ startedAt }) => <time dateTime={startedAt}>{dateTime(startedAt)}</time>,
            },
          ]}
        />
      )}
    </div>
  );
}

function LoadedExperiment({ host, path }: { readonly host: Host; readonly path: string }) {
  const loaded = useLoaded(() => host.call(getExperiment, { path }), path, lookEveryMs);
  const table = loaded.value.value?.table;
  return (
    <div class="page">
      {host.kind === "page" && <ViewLink view={{ view: "experiments" }}>All experiments</ViewLink>}
      {loaded.failure.value !== undefined && <Notice kind="error">{loaded.failure.value}</Notice>}
      {table === undefined && loaded.failure.value === undefined && (
        <Waiting label="Loading the experiment" />
      )}
      {table !== undefined && <OneExperiment {...{ host, path, table }} />}
    </div>
  );
}
