import { useSignal } from "@preact/signals";
import { getResult, listAnalyses } from "../../../shared/protocol/analyses.ts";
import { analysisRoleSchema } from "../../../shared/protocol/studyFile.ts";
import { linkAnalysis, unlinkAnalysis, type SessionView } from "../../../shared/protocol/studyRoutes.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import { Select } from "../../components/Select.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useLoaded } from "../../data/loaded.ts";
import type { Host } from "../../host.ts";
import { dateTime } from "../../data/text.ts";
import { SelfReports, type SelfReportsProps } from "./SelfReports.tsx";
import { ToggleLink } from "../../components/ToggleLink.tsx";
import { counted } from "../../../shared/text/counted.ts";

type Role = (typeof analysisRoleSchema.options)[number];
const roles: Record<Role, string> = {
  baseline: "Baseline: the person at rest",
  stimulus: "Stimulus: something moves the person",
  other: "Other",
};

export interface SessionAnalysesProps {
  readonly host: Host;
  readonly session: SessionView;
  /** Without the participant's consent nothing is linked. */
  readonly consented: boolean;
  readonly onChanged: () => void;
}

/** The analyses that belong to a session, with what each shows; and linking further ones. */
export function SessionAnalyses({ host, session, consented, onChanged }: SessionAnalysesProps) {
  const linking = useSignal(false);
  const changing = useAttempt();
  const attempt = (work: Promise<unknown>): void => changing.run(work.then(onChanged));
  return (
    <div class="form-cell">
      {session.analyses.length > 0 && (
        <ul class="plain">
          {session.analyses.map((analysis) => (
            <LinkedAnalysis key={analysis.id} {...{ host, session, analysis, attempt }} />
          ))}
        </ul>
      )}
      <div>
        {consented ? (
          <ToggleLink text="Link an analysis" open={linking} />
        ) : (
          <span class="muted">Linked once consent is given</span>
        )}
      </div>
      {consented && linking.value && (
        <LinkAnalysis
          host={host}
          onLink={(analysis, role) => {
            linking.value = false;
            attempt(host.call(linkAnalysis, { session: session.id, analysis, role }));
          }}
        />
      )}
      <Failure of={changing} />
    </div>
  );
}

function LinkedAnalysis({ host, session, analysis, attempt }: SelfReportsProps) {
  const reporting = useSignal(false);
  const { id, role, mediaName } = analysis;
  const reports = session.selfReports.filter(({ analysisId }) => analysisId === id).length;
  return (
    <li>
      <div class="row">
        <ViewLink view={{ view: "analysis", id }}>{mediaName}</ViewLink>
        <span class="tag quiet">{role}</span>
        <ParticipantFace {...{ host, session, analysis, attempt }} />
        <ToggleLink
          text={counted(reports, "self-report")}
          label={`${counted(reports, "self-report")} of ${mediaName}`}
          open={reporting}
        />
        <IconButton
          icon="close"
          label={`Remove ${mediaName} from the session; the analysis is kept`}
          onClick={() => attempt(host.call(unlinkAnalysis, { session: session.id, analysis: id }))}
        />
      </div>
      {reporting.value && <SelfReports {...{ host, session, analysis, attempt }} />}
    </li>
  );
}

/** Which face is the participant's, where the clip has several. */
function ParticipantFace({ host, session, analysis, attempt }: SelfReportsProps) {
  const { id, role, face, mediaName } = analysis;
  const result = useLoaded(async () => (await host.call(getResult, { id })).result, id);
  const tracks = result.value.value?.tracks ?? [];
  if (tracks.length < 2) return null;
  const choose = (value: string): void => {
    const chosen = value === "" ? {} : { face: Number(value) };
    attempt(host.call(linkAnalysis, { session: session.id, analysis: id, role, ...chosen }));
  };
  return (
    <Select
      label={`The participant's face in ${mediaName}`}
      value={String(face ?? "")}
      options={[
        { value: "", text: "Face: the one there longest" },
        ...tracks.map((track) => ({
          value: String(track.id),
          text: `Face ${track.id}: ${counted(track.frames, "frame")}${track.still === true ? ", a photograph" : ""}`,
        })),
      ]}
      onChange={choose}
    />
  );
}

interface LinkAnalysisProps {
  readonly host: Host;
  readonly onLink: (analysis: string, role: Role) => void;
}

function LinkAnalysis({ host, onLink }: LinkAnalysisProps) {
  const done = useLoaded(
    async () => (await host.call(listAnalyses, { state: "done", limit: 200 })).analyses,
    host,
  );
  const chosen = useSignal<string | undefined>(undefined);
  const role = useSignal<Role>("stimulus");
  const options = done.value.value?.map((one) => ({
    value: one.id,
    text: `${one.mediaName}, ${dateTime(one.createdAt)}`,
  }));
  if (options === undefined) return <span role="status">Loading the analyses</span>;
  if (options.length === 0) return <span class="muted">No analysis is done yet.</span>;
  const analysis = chosen.value ?? options[0]!.value;
  return (
    <div class="row">
      <Select
        label="Analysis"
        value={analysis}
        options={options}
        onChange={(value) => (chosen.value = value)}
      />
      <Select
        label="What it shows"
        value={role.value}
        options={analysisRoleSchema.options.map((value) => ({ value, text: roles[value] }))}
        onChange={(value) => (role.value = value)}
      />
      <Button onClick={() => onLink(analysis, role.value)}>Link</Button>
    </div>
  );
}
