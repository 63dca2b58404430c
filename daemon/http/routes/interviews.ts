import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { Handlers } from "../mount.ts";

export const interviewHandlers: Handlers<Pick<Endpoints, "readInterview">> = {
  async readInterview({ text }) {
    const { parseInterview } = await import("../../documents/interviewFile.ts");
    return { interview: parseInterview(text) };
  },
};
