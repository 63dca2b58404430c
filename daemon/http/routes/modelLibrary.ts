import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { Config } from "../../config.ts";
import { refusal } from "../../store/confined.ts";
import { AppError } from "../../../shared/errors.ts";
import { readInThread } from "../../reading/readThread.ts";
import type { Handlers } from "../mount.ts";

type Names = "importModels" | "removeModel" | "useModel";

/** Each network is loaded and held against what it said in training. */
const importMs = 600_000;

/** The user's own networks. */
export function modelLibraryHandlers(config: Config): Handlers<Pick<Endpoints, Names>> {
  return {
    async importModels({ folder, replace }) {
      const refused = refusal(folder);
      if (refused !== undefined)
        throw new AppError("invalid_path", `${refused} Give the path of the network's folder.`);
      const { modelsDir, userModelsDir } = config;
      const input = { folders: { modelsDir, userModelsDir }, folder, replace };
      return { models: await readInThread("networks", input, importMs) };
    },
    async removeModel({ id }) {
      const { removeModel } = await import("../../networks/userLibrary.ts");
      return { model: await removeModel(config, id) };
    },
    async useModel({ id, task }) {
      const { useModel } = await import("../../networks/userLibrary.ts");
      return { model: await useModel(config, id, task) };
    },
  };
}
