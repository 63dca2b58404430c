import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { StudyFaceService } from "../../studies/faces/studyFaceService.ts";
import type { Handlers } from "../mount.ts";

type Names = "searchFaces" | "cancelFaceSearch" | "getStudyFaces" | "decideFaces" | "getFacePicture";

/** Routes of the faces of a study that are likely one person's. */
export function studyFaceHandlers(faces: StudyFaceService): Handlers<Pick<Endpoints, Names>> {
  return {
    searchFaces: async ({ study }) => ({ search: await faces.start(study) }),
    cancelFaceSearch({ study }) {
      faces.cancel(study);
      return { ok: true };
    },
    getStudyFaces: ({ study }) => faces.list(study),
    async decideFaces(decision) {
      await faces.decide(decision);
      return { ok: true };
    },
    getFacePicture: async ({ study, ...face }) => ({ picture: await faces.picture(study, face) }),
  };
}
