import { useEffect } from "preact/hooks";
import { Icon } from "../components/Icon.tsx";
import type { AnalysisList } from "../data/analysisList.ts";
import { currentView, viewFragment, type View } from "../data/route.ts";
import type { Host } from "../host.ts";
import { AnalysesView } from "./analyses/AnalysesView.tsx";
import { IntendedUse } from "./IntendedUse.tsx";
import { ModelsView } from "./models/ModelsView.tsx";
import { AnalysisView } from "./result/AnalysisView.tsx";

const places: readonly { view: View; title: string; icon: string }[] = [
  { view: { view: "analyses" }, title: "Analyses", icon: "list-unordered" },
  { view: { view: "models" }, title: "Models", icon: "circuit-board" },
];

export function App({ host, analyses }: { readonly host: Host; readonly analyses: AnalysisList }) {
  const view = currentView.value;
  useEffect(() => void analyses.refresh(), [analyses]);
  return (
    <>
      {host.kind === "page" && <Navigation view={view} />}
      <main id="content">
        <IntendedUse />
        {view.view === "analyses" && <AnalysesView host={host} analyses={analyses} />}
        {view.view === "analysis" && (
          <AnalysisView key={view.id} host={host} analyses={analyses} id={view.id} />
        )}
        {view.view === "models" && <ModelsView host={host} />}
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
            aria-current={
              place.view.view === (view.view === "analysis" ? "analyses" : view.view) ? "page" : undefined
            }
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
