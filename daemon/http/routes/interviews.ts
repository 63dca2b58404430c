import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import { readInThread } from "../../reading/readThread.ts";
import type { Handlers } from "../mount.ts";

export const interviewHandlers: Handlers<Pick<Endpoints, "readInterview">> = {
  readInterview: async ({ text, data }) => ({
    interview: await readInThread("interview", {
      bytes: data === undefined ? Buffer.from(text ?? "") : Buffer.from(data, "base64"),
    }),
  }),
};
