import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Notice } from "../../components/Notice.tsx";
import { errorText } from "../../data/text.ts";
import type { Host } from "../../host.ts";
import { PanelHost } from "../../host/panelHost.ts";
import { PageChannel } from "../../labels/pageChannel.ts";
import { PanelChannel } from "../../labels/panelChannel.ts";
import { LabelsEditor } from "./LabelsEditor.tsx";
import { LabelsList } from "./LabelsList.tsx";

interface LabelsViewProps {
  readonly host: Host;
  readonly path: string | undefined;
  /** Where to begin. */
  readonly atMs: number | undefined;
}

/** The label editor for a file; on the page without one, files to choose from. */
export function LabelsView({ host, path, atMs }: LabelsViewProps) {
  if (host instanceof PanelHost) return <PanelEditor host={host} />;
  return path === undefined ? (
    <LabelsList host={host} />
  ) : (
    <PageEditor key={path} host={host} path={path} atMs={atMs} />
  );
}

function PanelEditor({ host }: { readonly host: PanelHost }) {
  const channel = useMemo(() => new PanelChannel(host), [host]);
  useEffect(() => {
    const tell = (event: FocusEvent): void => {
      const field = event.type === "focusin" && isField(event.composedPath()[0]);
      host.sendLabels({ kind: "typing", on: field });
    };
    addEventListener("focusin", tell);
    addEventListener("focusout", tell);
    return () => {
      removeEventListener("focusin", tell);
      removeEventListener("focusout", tell);
    };
  }, [host]);
  return <LabelsEditor host={host} channel={channel} saved={undefined} />;
}

/** Whether keys are for the element. */
function isField(element: EventTarget | undefined): boolean {
  return (
    element instanceof HTMLElement &&
    element.matches("input:not([type=range]), textarea, select, button, a, summary, vscode-single-select")
  );
}

function PageEditor({ host, path, atMs }: LabelsViewProps & { readonly path: string }) {
  const saved = useSignal<"saving" | "saved" | Error | undefined>(undefined);
  const channel = useMemo(() => new PageChannel(host, path, (state) => (saved.value = state)), [host, path]);
  return (
    <>
      {saved.value instanceof Error && <Notice kind="error">{errorText(saved.value)}</Notice>}
      <LabelsEditor host={host} channel={channel} saved={saved} atMs={atMs} />
    </>
  );
}
