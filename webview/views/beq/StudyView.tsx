import { useSignal } from "@preact/signals";
import { isCounted } from "../../../shared/beq/counted.ts";
import { responsesCsv } from "../../../shared/beq/responseCsv.ts";
import { toHttp } from "../../../shared/protocol/endpoint.ts";
import { getArchive } from "../../../shared/protocol/studyArchives.ts";
import {
  getStudy,
  participantsAtOnce,
  wholeStudy,
  type StudyView as Study,
} from "../../../shared/protocol/studyRoutes.ts";
import { Button } from "../../components/Button.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { Tabs } from "../../components/Tabs.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useLoaded, type Loaded } from "../../data/loaded.ts";
import type { Host } from "../../host.ts";
import { AlikeFaces } from "./AlikeFaces.tsx";
import { Clips } from "./Clips.tsx";
import { ConsentTexts } from "./ConsentTexts.tsx";
import { ImportResponses } from "./ImportResponses.tsx";
import { Measures } from "./Measures.tsx";
import { Participants } from "./Participants.tsx";
import { Scores } from "./Scores.tsx";
import { Validation } from "./Validation.tsx";
import { counted } from "../../../shared/text/counted.ts";

const tabs = [
  { id: "participants", title: "Participants" },
  { id: "clips", title: "Clips" },
  { id: "faces", title: "Faces" },
  { id: "measures", title: "Measures" },
  { id: "scores", title: "Scores" },
  { id: "validation", title: "Validation" },
  { id: "import", title: "Import" },
  { id: "consent", title: "Consent text" },
] as const;

/** Forms are filled in elsewhere while this is looked at. A study that comes in pieces is read less often. */
const refreshMs = 5000;
const refreshLargeMs = 60_000;

/** One study, and everything that is done with it. */
export function StudyView({ host, id }: { readonly host: Host; readonly id: string }) {
  const large = useSignal(false);
  const study = useLoaded(
    () => wholeStudy((request) => host.call(getStudy, request), id),
    id,
    large.value ? refreshLargeMs : refreshMs,
  );
  const found = study.value.value;
  large.value = (found?.participants.length ?? 0) > participantsAtOnce;
  return (
    <div class="page">
      <nav aria-label="Studies" class="row">
        <ViewLink view={{ view: "beq" }}>All studies</ViewLink>
      </nav>
      {study.failure.value !== undefined && <Notice kind="error">{study.failure.value}</Notice>}
      {found === undefined && study.failure.value === undefined && <Waiting label="Loading the study" />}
      {found !== undefined && <Content host={host} study={study} found={found} />}
    </div>
  );
}

interface ContentProps {
  readonly host: Host;
  readonly study: Loaded<Study>;
  readonly found: Study;
}

function Content({ host, study, found }: ContentProps) {
  const tab = useSignal<(typeof tabs)[number]["id"]>("participants");
  const included = found.participants.filter((person) => isCounted(found, person));
  const without = found.participants.length - included.length;
  const sessions = included.flatMap((person) => person.sessions);
  const forms = sessions.flatMap(({ response }) => response ?? []);
  const completed = forms.filter(({ completedAt }) => completedAt !== undefined).length;
  const begun = forms.length - completed;
  return (
    <>
      <div class="row">
        <div>
          <h1>{found.name}</h1>
          <p class="muted">
            {counted(found.participants.length, "participant")}, {counted(completed, "completed form")},{" "}
            {counted(
              sessions.reduce((sum, { analyses }) => sum + analyses.length, 0),
              "analysis",
              "analyses",
            )}
            {without > 0 && `; not counted, because without consent: ${without}`}
            {begun > 0 && `; not completed, and in no export: ${counted(begun, "form")}`}
          </p>
        </div>
        <span class="spread" />
        <Button
          secondary
          icon="export"
          disabled={completed === 0}
          onClick={() =>
            void host.save(`${found.name}.csv`, new Blob([responsesCsv(found)], { type: "text/csv" }))
          }
        >
          Responses, CSV
        </Button>
        {host.kind === "page" && (
          <a class="download" href={toHttp(getArchive, { study: found.id }).path} download>
            Whole study, ZIP
          </a>
        )}
      </div>
      <Tabs label="Study" tabs={tabs} current={tab.value} onChange={(next) => (tab.value = next)}>
        {tab.value === "participants" && <Participants host={host} study={study} found={found} />}
        {tab.value === "clips" && <Clips host={host} found={found} onChanged={() => void study.reload()} />}
        {tab.value === "faces" && <AlikeFaces host={host} found={found} />}
        {tab.value === "measures" && <Measures host={host} found={found} />}
        {tab.value === "scores" && <Scores host={host} found={found} />}
        {tab.value === "validation" && <Validation host={host} found={found} />}
        {tab.value === "import" && (
          <ImportResponses host={host} id={found.id} onImported={() => void study.reload()} />
        )}
        {tab.value === "consent" && <ConsentTexts host={host} study={study} found={found} />}
      </Tabs>
    </>
  );
}
