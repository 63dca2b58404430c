import { Caller } from "../../shared/protocol/caller.ts";

/** Calls routes of the daemon that the page came from, with the cookie of its session. */
export const daemonOfPage = new Caller<Response, AbortSignal>({
  send: (path, request) => fetch(path, request),
});
