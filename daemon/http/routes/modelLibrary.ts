import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { Config } from "../../config.ts";
import { refusal } from "../../store/confined.ts";
import { AppError } from "../../../shared/errors.ts";
import type { Handlers } from "../mount.ts";

type Names = "importModels" | "removeModel" | "useModel";

/** The user's own networks. */
export function modelLibraryHandlers(config: Config): Handlers<Pick<Endpoints, Names>> {
  return {
    async importModels({ folder, replace }) {
      const refused = refusal(folder);
      if (refused !== undefined)
        throw new AppError("invalid_path", `${refused} Give the path of the network's folder.`);
      const { importModels } = await import("../../networks/importModels.ts");
      return { models: await importModels(config, folder, { replace }) };
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
