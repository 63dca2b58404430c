import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Icon } from "../components/Icon.tsx";
import { Notice } from "../components/Notice.tsx";
import type { AnalysisList } from "../data/analysisList.ts";
import { alone, currentView, viewFragment, type View } from "../host/route.ts";
import type { Host } from "../host.ts";
import { AnalysesView } from "./analyses/AnalysesView.tsx";
import { BeqView } from "./beq/BeqView.tsx";
import { FormView } from "./beq/FormView.tsx";
import { IntendedUse } from "./IntendedUse.tsx";
import { CaptureView } from "./capture/CaptureView.tsx";
import { AgreementView } from "./labels/AgreementView.tsx";
import { CompareView } from "./compare/CompareView.tsx";
import { GazeView } from "./gaze/GazeView.tsx";
import { ExperimentsView } from "./experiments/ExperimentsView.tsx";
import { LabelsView } from "./labels/LabelsView.tsx";
import { LiveView } from "./live/LiveView.tsx";
import { ModelsView } from "./models/ModelsView.tsx";
import { QueueView } from "./queue/QueueView.tsx";
import { AnalysisView } from "./result/AnalysisView.tsx";
import { TrainingView } from "./training/TrainingView.tsx";

const places: readonly { view: View; title: string; icon: string }[] = [
  { view: { view: "analyses" }, title: "Analyses", icon: "list-unordered" },
  { view: { view: "experiments" }, title: "Experiments", icon: "beaker" },
  { view: { view: "queue" }, title: "Queue", icon: "server-process" },
  { view: { view: "labels" }, title: "Labels", icon: "tag" },
  { view: { view: "live" }, title: "Live", icon: "device-camera-video" },
  { view: { view: "beq" }, title: "Studies", icon: "checklist" },
  { view: { view: "training" }, title: "Training", icon: "mortar-board" },
  { view: { view: "models" }, title: "Models", icon: "circuit-board" },
];

/** Views that belong to a place under another name. */
const placeOf: Partial<Record<View["view"], View["view"]>> = {
  analysis: "analyses",
  compare: "analyses",
  capture: "live",
  gaze: "live",
  form: "beq",
  agreement: "labels",
};

/** The page: navigation and the view that its address names. */
export function App({ host, analyses }: { readonly host: Host; readonly analyses: AnalysisList }) {
  const view = currentView.value;
  useEffect(() => void analyses.refresh(), [analyses]);
  return (
    <>
      {host.kind === "page" && !alone.value && <Navigation view={view} />}
      <main id="content">
        {!alone.value && <IntendedUse />}
        <ConnectionLost host={host} />
        {view.view === "analyses" && <AnalysesView host={host} analyses={analyses} />}
        {view.view === "analysis" && (
          <AnalysisView key={view.id} host={host} analyses={analyses} id={view.id} />
        )}
        {view.view === "compare" && (
          <CompareView key={`${view.id} ${view.other}`} host={host} first={view.id} second={view.other} />
        )}
        {view.view === "experiments" && <ExperimentsView host={host} path={view.id} />}
        {view.view === "beq" && <BeqView host={host} id={view.id} />}
        {view.view === "form" && <FormView key={view.id} host={host} session={view.id} />}
        {view.view === "labels" && <LabelsView host={host} path={view.id} atMs={view.atMs} />}
        {view.view === "agreement" && <AgreementView key={view.id} host={host} folder={view.id} />}
        {view.view === "live" && <LiveView host={host} id={view.id} />}
        {view.view === "capture" && <CaptureView host={host} />}
        {view.view === "gaze" && <GazeView host={host} />}
        {view.view === "training" && <TrainingView host={host} id={view.id} />}
        {view.view === "queue" && <QueueView host={host} />}
        {view.view === "models" && <ModelsView host={host} id={view.id} />}
      </main>
    </>
  );
}

function Navigation({ view }: { readonly view: View }) {
  return (
    <header class="top">
      <a class="skip" href="#content" onClick={skipToContent}>
        Skip to content
      </a>
      <span class="brand">EDIN</span>
      <nav aria-label="Main">
        {places.map((place) => (
          <a
            key={place.title}
            href={viewFragment(place.view)}
            aria-current={place.view.view === (placeOf[view.view] ?? view.view) ? "page" : undefined}
          >
            <Icon name={place.icon} /> {place.title}
          </a>
        ))}
      </nav>
    </header>
  );
}

/** The fragment is the view, so the link moves the focus itself. */
function skipToContent(event: Event): void {
  event.preventDefault();
  const content = document.getElementById("content");
  content?.setAttribute("tabindex", "-1");
  content?.focus();
}

/** Says that the daemon is gone, if it was there. */
function ConnectionLost({ host }: { readonly host: Host }) {
  const known = useSignal(false);
  const connected = host.connected.value;
  useEffect(() => {
    if (connected) known.value = true;
  }, [connected]);
  if (connected || !known.value) return null;
  return (
    <Notice kind="error">
      The EDIN daemon does not answer; what is shown may be old.
      {host.kind === "page" && " If it was restarted, open the page again from there."}
    </Notice>
  );
}
