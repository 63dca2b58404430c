import { AppError } from "../../../shared/errors.ts";
import type { LiveDevices, LiveRequest, LiveSession } from "../../../shared/protocol/live.ts";

/** The life of live sessions: the one place through which routes, sockets and commands start, feed and stop them. */
export class LiveService {
  devices(): Promise<LiveDevices> {
    return Promise.reject(notYet());
  }

  /** @throws AppError `invalid_path`, `invalid_config`, `too_many_requests` and those of the source */
  start(asked: LiveRequest): Promise<LiveSession> {
    return Promise.reject(
      new AppError("invalid_request", `A live ${asked.source.kind} source is not part of this version.`),
    );
  }

  list(): LiveSession[] {
    return [];
  }

  /** @throws AppError `not_found` */
  get(id: string): LiveSession {
    throw new AppError("not_found", `There is no live session ${id}. It may have ended long ago.`);
  }

  stop(id: string): Promise<LiveSession> {
    return Promise.resolve(this.get(id));
  }

  record(id: string, on: boolean): Promise<LiveSession> {
    if (on) return Promise.reject(notYet());
    return Promise.resolve(this.get(id));
  }
}

const notYet = () => new AppError("invalid_request", "Live sessions are not part of this version.");
