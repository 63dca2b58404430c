import { isAppError } from "../../shared/errors.ts";
import type { DaemonClient } from "../daemon/client.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";

/**
 * What a tree shows of the daemon. While there is none it shows nothing: the supervisor tells of a crash, once, and the
 * trees are read again when the daemon is back.
 */
export async function childrenFrom<Node>(
  daemon: DaemonSupervisor,
  load: (client: DaemonClient) => Promise<Node[]> | Node[],
): Promise<Node[]> {
  try {
    return await load(await daemon.client());
  } catch (error) {
    if (daemon.state === "ready" && !isAppError(error, "timeout")) throw error;
    return [];
  }
}
