import { isCounted } from "../../shared/beq/counted.ts";
import { scoreBeq } from "../../shared/beq/scoring.ts";
import {
  emotionBetween,
  expressivityIndices,
  maxNeutralBaseline,
  restingBaseline,
  type EmotionTrace,
  type EmotionVector,
} from "../../shared/beq/indices.ts";
import { selfReportSegment } from "../../shared/segments/segment.ts";
import type { Person, SaidAndSeen } from "../../shared/beq/person.ts";
import type { Participant, StudySession } from "../../shared/protocol/studyFile.ts";
import { readEmotionTrace, type ReadAnalysis } from "./emotionTrace.ts";
import type { StudySource } from "./studySource.ts";

export interface StudyData {
  readonly people: readonly Person[];
  /** Of every network that took part, and of the analyses. */
  readonly models: readonly { readonly task: string; readonly id: string; readonly sha256: string }[];
  readonly analyses: readonly { readonly id: string; readonly resultSha256: string; readonly edin: string }[];
}

/**
 * Reads a study, one clip at a time: the questionnaire and the indices of every participant.
 * @throws AppError see {@link readEmotionTrace}
 */
export async function readPeople(
  source: StudySource,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<StudyData> {
  const { participants } = source.study;
  const people: Person[] = [];
  const models = new Map<string, StudyData["models"][number]>();
  const analyses: StudyData["analyses"][number][] = [];
  for (const [i, participant] of participants.entries()) {
    if (!isCounted(source.study, participant)) {
      people.push(leftOut(participant));
      onProgress(i + 1, participants.length);
      continue;
    }
    const read = new Map<string, ReadAnalysis>();
    for (const { analyses: links } of participant.sessions) {
      for (const { id, face } of links) {
        if (!isNeeded(participant, id)) continue;
        const one = await readEmotionTrace(source, id, { participant: participant.id, face });
        read.set(id, one);
        for (const model of one.analysis.models) models.set(`${model.task} ${model.sha256}`, model);
        const { resultSha256, versions } = one.analysis;
        analyses.push({ id, resultSha256, edin: versions["edin"] ?? "" });
      }
    }
    people.push(personOf(participant, read));
    onProgress(i + 1, participants.length);
  }
  return { people, models: [...models.values()], analyses };
}

/** Clips of the role `other` are read only for what was reported about them. */
function isNeeded({ sessions, selfReports = [] }: Participant, id: string): boolean {
  const role = sessions.flatMap(({ analyses }) => analyses).find((link) => link.id === id)?.role;
  return role !== "other" || selfReports.some(({ analysisId }) => analysisId === id);
}

/** Of somebody without consent nothing is read. */
const leftOut = ({ id }: Participant): Person => ({
  ...{ id, withoutConsent: true, covariates: {}, responses: 0, clips: 0, frames: 0, coverage: 0 },
  ...{ otherFaces: false, baseline: "most-neutral-frames", indices: undefined, segments: [] },
});

function personOf(participant: Participant, read: ReadonlyMap<string, ReadAnalysis>): Person {
  const { id, sessions, covariates } = participant;
  const stimuli = sessions.flatMap((session) =>
    linked(session, "stimulus").map((analysis) => ({ session, trace: read.get(analysis)!.trace })),
  );
  const used = sessions.flatMap((session) => [
    ...linked(session, "stimulus"),
    ...linked(session, "baseline"),
  ]);
  const frames = stimuli.reduce((sum, { trace }) => sum + trace.frames, 0);
  const trusted = stimuli.reduce((sum, { trace }) => sum + trace.indices.length, 0);
  const resting = new Map(sessions.map((session) => [session.id, restOf(session, read)]));
  const anyRest = [...resting.values()].find((baseline) => baseline !== undefined);
  const ownNeutral = anyRest ?? maxNeutralBaseline(stimuli.map(({ trace }) => trace));
  const indices =
    ownNeutral &&
    expressivityIndices(
      stimuli.map(({ session, trace }) => ({ trace, baseline: resting.get(session.id) ?? ownNeutral })),
    );
  return {
    id,
    covariates,
    ...responseOf(sessions),
    clips: stimuli.length,
    frames,
    coverage: frames === 0 ? 0 : trusted / frames,
    unclearFace: used.some((id) => read.get(id)!.ambiguous),
    otherFaces: stimuli.length > 0 && mainShare(sessions, read) < 0.8,
    baseline: anyRest === undefined ? "most-neutral-frames" : "resting-clip",
    indices,
    segments: segmentsOf(participant, read),
  };
}

const linked = (session: StudySession, role: string): string[] =>
  session.analyses.flatMap((link) => (link.role === role ? [link.id] : []));

function restOf(session: StudySession, read: ReadonlyMap<string, ReadAnalysis>): EmotionVector | undefined {
  const traces: EmotionTrace[] = linked(session, "baseline").map((id) => read.get(id)!.trace);
  return restingBaseline(traces);
}

function mainShare(sessions: readonly StudySession[], read: ReadonlyMap<string, ReadAnalysis>): number {
  const shares = sessions
    .flatMap((session) => linked(session, "stimulus"))
    .flatMap((id) => {
      const { trace, mainShare: share } = read.get(id)!;
      return trace.indices.length > 0 ? [share] : [];
    });
  return shares.length === 0 ? 1 : Math.min(...shares);
}

/** The form that was completed first; a trait does not need the others. */
function responseOf(sessions: readonly StudySession[]): Pick<Person, "responses" | "answers" | "score"> {
  const responses = sessions
    .flatMap(({ response }) => (response ? [response] : []))
    .sort((a, b) => a.completedAt.localeCompare(b.completedAt));
  const [first] = responses;
  if (first === undefined) return { responses: 0 };
  const answers = first.items.map((answer) => answer ?? undefined);
  return { responses: responses.length, answers, score: scoreBeq(answers) };
}

function segmentsOf(
  { selfReports = [] }: Participant,
  read: ReadonlyMap<string, ReadAnalysis>,
): SaidAndSeen[] {
  return selfReports.map((report) => {
    const { label, startMs, endMs } = selfReportSegment(report);
    return { said: label, seen: emotionBetween(read.get(report.analysisId)!.trace, startMs, endMs) };
  });
}
