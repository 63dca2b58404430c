import * as analyses from "./analyses.ts";
import * as interview from "./interview.ts";
import * as live from "./live.ts";
import * as media from "./media.ts";
import * as system from "./system.ts";

/** Every route of the daemon by name. What stands here must have a handler, and appears in the OpenAPI document. */
export const endpoints = {
  getStatus: system.getStatus,
  getDoctor: system.getDoctor,
  listModels: system.listModels,
  getModelCard: system.getModelCard,
  verifyModel: system.verifyModel,
  createCode: system.createCode,
  createSession: system.createSession,
  addOrigin: system.addOrigin,
  shutdown: system.shutdown,
  listRoots: media.listRoots,
  grantRoot: media.grantRoot,
  revokeRoot: media.revokeRoot,
  listFolder: media.listFolder,
  probeMedia: media.probeMedia,
  readInterview: interview.readInterview,
  startAnalysis: analyses.startAnalysis,
  listAnalyses: analyses.listAnalyses,
  getAnalysis: analyses.getAnalysis,
  cancelAnalysis: analyses.cancelAnalysis,
  retryAnalysis: analyses.retryAnalysis,
  deleteAnalysis: analyses.deleteAnalysis,
  getResult: analyses.getResult,
  getFrames: analyses.getFrames,
  getSpeech: analyses.getSpeech,
  getFused: analyses.getFused,
  getSeries: analyses.getSeries,
  getExport: analyses.getExport,
  getAnalysisMedia: analyses.getAnalysisMedia,
  preparePlayback: analyses.preparePlayback,
  getPlayback: analyses.getPlayback,
  listLiveDevices: live.listLiveDevices,
  startLive: live.startLive,
  listLive: live.listLive,
  getLive: live.getLive,
  stopLive: live.stopLive,
  recordLive: live.recordLive,
} as const;

export type Endpoints = typeof endpoints;
