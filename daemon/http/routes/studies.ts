import { responseRows, responsesHeading } from "../../../shared/beq/responseCsv.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { StudyService } from "../../studies/service.ts";
import type { Handlers } from "../mount.ts";

type Names =
  | "listStudies"
  | "createStudy"
  | "getStudy"
  | "addConsentText"
  | "setCutoffs"
  | "deleteStudy"
  | "addParticipants"
  | "updateParticipant"
  | "deleteParticipant"
  | "purgeStudies"
  | "addSession"
  | "deleteSession"
  | "linkAnalysis"
  | "unlinkAnalysis"
  | "setClipFacts"
  | "getStudyTable"
  | "getStudyNotebook"
  | "linkClips"
  | "importEvents"
  | "setGazeCalibration"
  | "deleteGazeCalibration"
  | "setSelfReport"
  | "deleteSelfReport"
  | "importResponses"
  | "getResponses"
  | "getArchive"
  | "importStudy"
  | "listImports"
  | "cancelImport"
  | "validateStudy";

/** Routes of studies: participants, sessions, forms, tables, archives. */
export function studyHandlers(studies: StudyService): Handlers<Pick<Endpoints, Names>> {
  const { rows, removal, selfReports, gazeCalibrations } = studies;
  const view = (id: string) => rows.get(id);
  const removed = (leftMedia: string[]) => ({ ok: true as const, leftMedia });
  return {
    listStudies: async () => ({ studies: await rows.list() }),
    createStudy: async ({ name, consentText }) => view(await rows.create(name, consentText)),
    getStudy: ({ study, after }) => rows.get(study, after),
    async addConsentText({ study, text }) {
      await rows.addConsentText(study, text);
      return view(study);
    },
    async setCutoffs({ study, text }) {
      await studies.setCutoffs(study, text);
      return { ok: true };
    },
    deleteStudy: async ({ study }) => removed(await removal.study(study)),
    async addParticipants({ study, ids, retainUntil }) {
      await rows.addParticipants(study, ids, retainUntil);
      return view(study);
    },
    async updateParticipant({ study, participant, ...change }) {
      await rows.updateParticipant({ study, participant }, change);
      return view(study);
    },
    deleteParticipant: async (key) => removed(await removal.participant(key)),
    purgeStudies: ({ remove }) => studies.purge(remove),
    addSession: async (key) => ({ session: await rows.addSession(key) }),
    deleteSession: async ({ session }) => removed(await removal.session(session)),
    async linkAnalysis({ session, analysis, role, face }) {
      await rows.linkAnalysis(session, { id: analysis, role, ...(face !== undefined && { face }) });
      return { ok: true };
    },
    async unlinkAnalysis({ session, analysis }) {
      await rows.unlinkAnalysis(session, analysis);
      return { ok: true };
    },
    async setClipFacts({ session, analysis, ...facts }) {
      await studies.setClipFacts([{ session, analysis, ...facts }]);
      return { ok: true };
    },
    getStudyTable: async ({ study, ...settings }) => ({ table: await studies.table(study, settings) }),
    async getStudyNotebook({ study, measure, ...settings }) {
      const name = await rows.nameOf(study);
      const table = await studies.table(study, settings);
      const { zipNotebook } = await import("../../studies/table/zipNotebook.ts");
      return {
        text: zipNotebook(table, measure),
        type: "application/zip",
        downloadName: `${fileName(name)}.notebook.zip`,
      };
    },
    linkClips: (request) => studies.linkClips(request),
    importEvents: ({ study, data, ...options }) =>
      studies.importEvents(study, Buffer.from(data, "base64"), options),
    async setGazeCalibration({ calibration, ...key }) {
      await gazeCalibrations.set(key, calibration);
      return { ok: true };
    },
    async deleteGazeCalibration(key) {
      await gazeCalibrations.remove(key);
      return { ok: true };
    },
    async setSelfReport({ session, analysis, ...report }) {
      await selfReports.set({ sessionId: session, analysisId: analysis, ...report });
      return { ok: true };
    },
    async deleteSelfReport({ session, analysis, ...part }) {
      await selfReports.remove({ sessionId: session, analysisId: analysis, ...part });
      return { ok: true };
    },
    importResponses: ({ study, data, ...options }) =>
      studies.importResponses(study, Buffer.from(data, "base64"), options),
    async getResponses({ study }) {
      const name = await rows.nameOf(study);
      return {
        text: responsesOf(rows, study),
        type: "text/csv",
        downloadName: `${fileName(name)}.csv`,
      };
    },
    async getArchive({ study }) {
      const name = await rows.nameOf(study);
      return {
        text: await studies.archive(study),
        type: "application/zip",
        downloadName: `${fileName(name)}.zip`,
      };
    },
    validateStudy: ({ study, draws }) => studies.validate(study, draws),
    importStudy: async ({ path }) => ({ study: { id: await studies.importArchive(path) } }),
    listImports: () => ({ imports: studies.imports }),
    cancelImport({ id }) {
      studies.cancelImport(id);
      return { ok: true };
    },
  };
}

/** The completed forms, as many participants at a time as are read. */
async function* responsesOf(rows: StudyService["rows"], id: string): AsyncGenerator<string> {
  yield responsesHeading;
  for (let after: string | undefined, more = true; more;) {
    const { study, next } = await rows.get(id, after);
    yield responseRows(study);
    after = next;
    more = next !== undefined;
  }
}

/** A name that every system takes. */
const fileName = (name: string) => name.replace(/[^\p{L}\p{N} _-]+/gu, "_").trim() || "study";
