import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { LiveService } from "../../live/service.ts";
import type { Handlers } from "../mount.ts";

type Names = "listLiveDevices" | "startLive" | "listLive" | "getLive" | "stopLive" | "recordLive";

/** Routes of live sessions and their devices. */
export function liveHandlers(live: LiveService): Handlers<Pick<Endpoints, Names>> {
  return {
    listLiveDevices: () => live.devices(),
    startLive: async (asked) => ({ session: await live.start(asked) }),
    listLive: () => ({ sessions: live.list() }),
    getLive: ({ id }) => ({ session: live.get(id) }),
    stopLive: async ({ id }) => ({ session: await live.stop(id) }),
    recordLive: async ({ id, on }) => ({ session: await live.record(id, on) }),
  };
}
