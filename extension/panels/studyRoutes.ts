import {
  answerForm,
  completeForm,
  consentForm,
  createFormLink,
  getForm,
} from "../../shared/protocol/beqForm.ts";
import { deleteSelfReport, setSelfReport } from "../../shared/protocol/selfReports.ts";
import { cancelImport, listImports } from "../../shared/protocol/studyArchives.ts";
import {
  addConsentText,
  addParticipants,
  addSession,
  createStudy,
  deleteParticipant,
  getStudy,
  importResponses,
  linkAnalysis,
  listStudies,
  unlinkAnalysis,
  updateParticipant,
  validateStudy,
} from "../../shared/protocol/studyRoutes.ts";
import { importEvents, linkClips } from "../../shared/protocol/studyClips.ts";
import {
  cancelFaceSearch,
  decideFaces,
  getFacePicture,
  getStudyFaces,
  searchFaces,
} from "../../shared/protocol/studyFaces.ts";
import { getStudyTable, setClipFacts } from "../../shared/protocol/studyTable.ts";

/** What the panel of studies may ask of the daemon. */
export const studyRoutes = [
  listStudies,
  createStudy,
  getStudy,
  addConsentText,
  addParticipants,
  updateParticipant,
  deleteParticipant,
  addSession,
  linkAnalysis,
  unlinkAnalysis,
  setClipFacts,
  getStudyTable,
  linkClips,
  importEvents,
  searchFaces,
  cancelFaceSearch,
  getStudyFaces,
  decideFaces,
  getFacePicture,
  setSelfReport,
  deleteSelfReport,
  importResponses,
  listImports,
  cancelImport,
  validateStudy,
  getForm,
  consentForm,
  answerForm,
  completeForm,
  createFormLink,
] as const;
