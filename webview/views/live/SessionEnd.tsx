import { getResult, startAnalysis } from "../../../shared/protocol/analyses.ts";
import type { LiveSession } from "../../../shared/protocol/live.ts";
import { linkAnalysis, unlinkAnalysis } from "../../../shared/protocol/studyRoutes.ts";
import { setClipFacts } from "../../../shared/protocol/studyTable.ts";
import { Button } from "../../components/Button.tsx";
import { Failure } from "../../components/Failure.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { ViewLink } from "../../components/ViewLink.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";
import { show } from "../../host/route.ts";

/** What is left of a session that has ended, and what can be made of it. */
export function SessionEnd({ host, session }: { readonly host: Host; readonly session: LiveSession }) {
  const attempt = useAttempt();
  const { state, analysisId, recording, studySession } = session;
  if (state === "running" || state === "starting")
    return <Waiting label="Completing the recording and its results" />;
  if (analysisId === undefined || recording === undefined)
    return <Notice kind="info">This session has ended. It was not recorded: nothing of it was kept.</Notice>;
  return (
    <Notice kind="info">
      This session has ended.{" "}
      <ViewLink view={{ view: "analysis", id: analysisId }}>Open its results</ViewLink>. They are those that
      were seen live; an analysis of the recording looks at every frame, and ahead.
      <div class="row">
        <Button
          icon="play"
          disabled={attempt.busy}
          onClick={() =>
            attempt.run(
              analyseRecording(host, session, analysisId, recording.path).then((id) =>
                show({ view: "analysis", id }),
              ),
            )
          }
        >
          Analyse the recording
        </Button>
        {studySession !== undefined && (
          <span class="muted">It takes the place of the live results in the participant's session.</span>
        )}
      </div>
      <Failure of={attempt} />
    </Notice>
  );
}

/** Prompts and answers stay where they were. @returns the id of the analysis */
async function analyseRecording(
  host: Host,
  { pipeline, studySession, participant }: LiveSession,
  live: string,
  mediaPath: string,
): Promise<string> {
  const { result } = await host.call(getResult, { id: live });
  const segments = result.events.flatMap(({ kind, startMs, endMs, label }) =>
    kind === "prompt" || kind === "answer" ? [{ kind, startMs, endMs, label }] : [],
  );
  const { analysis } = await host.call(startAnalysis, { mediaPath, pipeline, segments });
  if (studySession !== undefined) {
    const { role = "stimulus", ...facts } = participant?.shows ?? {};
    const linked = { session: studySession, analysis: analysis.id };
    await host.call(linkAnalysis, { ...linked, role });
    await host.call(setClipFacts, { ...linked, ...facts });
    await host.call(unlinkAnalysis, { session: studySession, analysis: live });
  }
  return analysis.id;
}
