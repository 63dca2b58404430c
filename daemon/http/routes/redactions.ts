import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import { listAvatars } from "../../avatar/library.ts";
import type { Config } from "../../config.ts";
import type { JobService } from "../../jobs/service.ts";
import { readInThread } from "../../reading/readThread.ts";
import { readReport, redactedClip } from "../../redaction/kind.ts";
import type { Roots } from "../../store/roots.ts";
import type { Handlers } from "../mount.ts";

type Names = "listAvatars" | "importAvatar" | "startRedaction" | "getRedaction" | "getRedactedClip";

/** Copies of clips without faces, and the avatars that may stand in their place. */
export function redactionHandlers(
  jobs: JobService,
  roots: Roots,
  config: Config,
): Handlers<Pick<Endpoints, Names>> {
  const results = (id: string) => jobs.results(id, "redaction");
  return {
    listAvatars: async () => ({
      avatars: (await listAvatars(config)).map(({ name, kind, origin }) => ({ name, kind, origin })),
    }),
    async importAvatar({ path }) {
      const file = await roots.resolve(path);
      const { modelsDir, userModelsDir } = config;
      const { name, kind, moves } = await readInThread("avatar", {
        folders: { modelsDir, userModelsDir },
        file,
      });
      return { avatar: { name, kind, ...(moves && { moves }) } };
    },
    async startRedaction(asked) {
      const mediaPath = await roots.resolve(asked.mediaPath);
      return { job: await jobs.add({ kind: "redaction", request: { ...asked, mediaPath } }) };
    },
    getRedaction: async ({ id }) => ({ report: await readReport(await results(id)) }),
    getRedactedClip: async ({ id }) => ({ path: redactedClip(await results(id)), type: "video/mp4" }),
  };
}
