import path from "node:path";
import type * as z from "zod";
import { toHttp, type Endpoint, type FileEndpoint } from "../../shared/protocol/endpoint.ts";
import { endpoints, type Endpoints } from "../../shared/protocol/endpoints.ts";
import { madeUpCalibration } from "../support/madeUpCalibration.ts";
import type { TestDaemon } from "../integration/testDaemon.ts";

/** What requests name. */
export interface Named {
  /** Of an analysis, and of whatever else has such an id. */
  readonly id: string;
  /** A granted folder with `clip.mp4`, and labels of it. */
  readonly folder: string;
  readonly study: string;
  readonly participant: string;
  readonly session: string;
}

type Requests = { readonly [Name in keyof Endpoints]: z.input<Endpoints[Name]["request"]> };

/** A request for each route that its schema takes: a route without one does not compile. */
export function wellFormed({ id, folder, study, participant, session }: Named): Requests {
  const at = (name: string) => path.join(folder, name);
  const clip = { path: at("clip.mp4") };
  const labels = { path: at("clip.a01.labels.json") };
  const table = Buffer.from("id,a\n1,2\n").toString("base64");
  const events = Buffer.from("file,start_s,end_s,name\nclip.mp4,0,1,look\n").toString("base64");
  const ofSession = { session, analysis: id };
  const span = { startMs: 0, endMs: 100 };
  const byForm = { item: 1, answer: 3 };
  return {
    ...{ getHealth: {}, getStatus: {}, getMetrics: {}, getDoctor: {}, listModels: {}, testDevices: {} },
    ...{ getModelCard: { id: "expression" }, verifyModel: { id: "expression" }, removeModel: { id: "none" } },
    ...{ importModels: { folder: at("network") }, useModel: { id: "none", task: "expression" } },
    startEvaluation: { model: "expression", set: folder },
    ...{ getEvaluation: { id }, resetCalibration: { id: "expression" } },
    ...{ createCode: {}, createSession: { code: "x" }, addOrigin: { origin: "vscode-webview://abc" } },
    shutdown: {},
    ...{ listRoots: {}, grantRoot: { path: folder }, revokeRoot: { id } },
    ...{ listFolder: { path: folder }, probeMedia: clip, readInterview: { text: "title: x" } },
    startAnalysis: { mediaPath: clip.path },
    listAnalyses: {},
    ...{ getAnalysis: { id }, cancelAnalysis: { id }, retryAnalysis: { id }, previewDeletion: { id } },
    deleteAnalysis: { id, recording: "keep" },
    ...{ getResult: { id }, getExport: { id, name: "frames.csv" }, getExports: { id } },
    getCorrections: { id },
    addCorrection: { id, by: "a01", correction: { action: "name", track: 1, name: "Ada" } },
    undoCorrection: { id, entry: id, by: "a01" },
    ...{
      getAnalysisMedia: { id },
      preparePlayback: { id },
      getPlayback: { id },
      getFaceClip: { id, track: 1 },
    },
    ...{ listExperiments: {}, getExperiment: { path: folder } },
    getExperimentFile: { path: folder, row: 0, name: "frames.csv" },
    getExperimentClip: { path: folder, row: 0 },
    ...{ listAvatars: {}, importAvatar: clip, startRedaction: { mediaPath: clip.path } },
    ...{ getRedaction: { id }, getRedactedClip: { id } },
    startTraining: { file: at("one.training.yaml") },
    ...{ getTraining: { id }, stopTraining: { id }, previewDenoise: { id } },
    ...{ listJobs: {}, getJob: { id }, cancelJob: { id }, retryJob: { id }, deleteJob: { id } },
    setJobPriority: { id, priority: 1 },
    ...{ getQueue: {}, pauseQueue: { kind: "evaluation" }, resumeQueue: { kind: "evaluation" } },
    ...{ listLabels: { path: folder }, openLabels: labels },
    saveLabels: { ...labels, text: "{}", basedOn: "0".repeat(64) },
    createLabels: { clip: clip.path, annotator: "a02", scheme: "emotions" },
    ...{
      getLabelledClip: labels,
      prepareLabelledCopy: labels,
      getLabelledCopy: labels,
      getClipFacts: labels,
    },
    ...{ getProposals: { id }, listColleagues: labels, createGold: { ...labels, by: "a03" } },
    getAgreement: { path: folder },
    ...{ startDataset: { path: folder, name: "set" }, getDataset: { id } },
    ...{ listLiveDevices: {}, startLive: { source: { kind: "file", ...clip } }, listLive: {} },
    ...{ getLive: { id }, stopLive: { id }, recordLive: { id, on: true } },
    ...{ listStudies: {}, createStudy: { name: "Another", consentText: "Yes." }, getStudy: { study } },
    ...{ addConsentText: { study, text: "Still yes." }, setCutoffs: { study, text: "{}" } },
    addParticipants: { study, ids: ["p9"] },
    updateParticipant: { study, participant, covariates: { age: 30 } },
    setGazeCalibration: { study, participant, calibration: madeUpCalibration("27") },
    deleteGazeCalibration: { study, participant },
    ...{ purgeStudies: { remove: false }, addSession: { study, participant } },
    linkAnalysis: { ...ofSession, role: "stimulus" },
    setClipFacts: { ...ofSession, condition: "film" },
    setSelfReport: { ...ofSession, ...span, label: "happy" },
    deleteSelfReport: { ...ofSession, ...span },
    unlinkAnalysis: ofSession,
    ...{ getStudyTable: { study }, linkClips: { study, pattern: "{participant}_*" } },
    importEvents: { study, data: events, apply: true },
    ...{ getStudyNotebook: { study }, searchFaces: { study }, cancelFaceSearch: { study } },
    ...{ getStudyFaces: { study }, getFacePicture: { study, analysis: id, track: 1 } },
    decideFaces: {
      ...{ study, verdict: "different", by: "kim" },
      ...{ a: { analysis: id, track: 1 }, b: { analysis: id, track: 2 } },
    },
    importResponses: { study, data: table },
    ...{ getResponses: { study }, getArchive: { study }, importStudy: { path: at("study.zip") } },
    ...{ listImports: {}, cancelImport: { id }, validateStudy: { study, draws: 999 } },
    ...{ getForm: { session }, consentForm: { session, version: "1" } },
    ...{ answerForm: { session, ...byForm }, completeForm: { session }, createFormLink: { session } },
    ...{ openOwnForm: { code: "x" }, getOwnForm: {}, consentOwnForm: { version: "1" } },
    ...{ answerOwnForm: byForm, completeOwnForm: {} },
    deleteSession: { session },
    deleteParticipant: { study, participant },
    deleteStudy: { study },
  };
}

/** These end the daemon, or ask nothing of disk and database and take long. */
const left = new Set<string>(["shutdown", "testDevices", "getDoctor", "verifyModel"]);

export interface Answered {
  readonly name: string;
  readonly status: number;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  /** The download ended before its end. */
  readonly brokeOff?: true;
}

/** Asks every route once with the token, in the order of {@link wellFormed}. */
export async function askAll(test: TestDaemon, named: Named): Promise<Answered[]> {
  const routes: Readonly<Record<string, Endpoint | FileEndpoint>> = endpoints;
  const authorization = `Bearer ${test.daemon.token.reveal()}`;
  const answers: Answered[] = [];
  for (const [name, request] of Object.entries(wellFormed(named))) {
    if (left.has(name)) continue;
    const { method, path: target, body } = toHttp(routes[name]!, request);
    const response = await test.ask(target, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body !== undefined && { body }),
    });
    const text = await response.text().catch(() => undefined);
    if (text === undefined) answers.push({ name, status: response.status, brokeOff: true });
    else answers.push({ name, status: response.status, ...(response.status >= 400 && refusalOf(text)) });
  }
  return answers;
}

function refusalOf(text: string): Pick<Answered, "code" | "message"> {
  const { code, message } = JSON.parse(text) as Record<string, unknown>;
  return { code: String(code), message: String(message) };
}
